/** `/` for people, and what a browser is shown if there is nothing at a path. */
import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import type { AppEnv } from './gateway.ts'
import { problem } from './problem.ts'

/** A browser says so when it opens an address; a program that asks for anything does not. */
const isBrowser = (c: Context): boolean => c.req.header('accept')?.includes('text/html') ?? false

/** The playground, unless it is switched off. It works even if the gateway is misconfigured, and says so. */
export const playground = createMiddleware<AppEnv>(async (c, next) => {
  const { showPage } = c.get('gateway')
  if (showPage === null || !isBrowser(c)) return next()
  const page = await showPage(c.req.raw)
  return new Response(page.body, page)
})

/** What a page that is not there may load: its style, and the picture in its address. */
const POLICY = "default-src 'none'; style-src 'self'; img-src data:; frame-ancestors 'none'"

/** Around the headers of the API, which allow no style. */
export const notFoundHeaders = createMiddleware<AppEnv>(async (c, next) => {
  await next()
  const isPage = c.res.headers.get('content-type')?.startsWith('text/html') ?? false
  if (c.res.status === 404 && isPage) c.res.headers.set('content-security-policy', POLICY)
})

/** What it says depends on no part of the request. */
export const notFound = (c: Context<AppEnv>) => {
  if (!isBrowser(c)) return problem(c, 'not_found', `there is nothing at ${c.req.path}`)
  const { showPage } = c.get('gateway')
  const toPage = showPage === null ? '' : '<a class="button primary" href="/">Make a video</a>'
  return c.html(
    `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Nothing here · pika-edge</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/style.css">
<main class="sign-in">
<h1>There is nothing here</h1>
<p>This is pika-edge, a gateway that makes videos from text.
<p class="actions">${toPage}
<a class="button" href="/docs">API reference</a>
<a class="button" href="/llms.txt">The API in short, as text</a>
</main>
</html>
`,
    404,
  )
}
