/** `/` for people, and the 404 page for browsers. */
import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import type { AppEnv } from './gateway.ts'
import { problem } from './problem.ts'

/** A browser asks for HTML when it opens a URL; a program that accepts anything does not. */
const isBrowser = (c: Context): boolean => c.req.header('accept')?.includes('text/html') ?? false

/** The playground, unless it is off. It works even if the gateway is misconfigured, and says so. */
export const playground = createMiddleware<AppEnv>(async (c, next) => {
  const { showPage } = c.get('gateway')
  if (showPage === null || !isBrowser(c)) return next()
  const page = await showPage(c.req.raw)
  return new Response(page.body, page)
})

/** The 404 page may load its stylesheet and its data: icon. */
const POLICY = "default-src 'none'; style-src 'self'; img-src data:; frame-ancestors 'none'"

/** Replaces the headers of the API, which allow no stylesheet. */
export const notFoundHeaders = createMiddleware<AppEnv>(async (c, next) => {
  await next()
  const isPage = c.res.headers.get('content-type')?.startsWith('text/html') ?? false
  if (c.res.status === 404 && isPage) c.res.headers.set('content-security-policy', POLICY)
})

/** The page contains no part of the request. */
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
