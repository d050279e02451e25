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

/** What it says depends on no part of the request. */
export const notFound = (c: Context<AppEnv>) => {
  if (!isBrowser(c)) return problem(c, 'not_found', `there is nothing at ${c.req.path}`)
  const toPage = c.get('gateway').showPage === null ? '' : '<li><a href="/">Make a video</a>'
  return c.html(
    `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Nothing here · pika-edge</title>
<main>
<h1>There is nothing here</h1>
<p>This is pika-edge, a gateway for videos from text. You can go to:
<ul>${toPage}
<li><a href="/docs">The reference of its API</a>
<li><a href="/llms.txt">The same in short, as text</a>
</ul>
</main>
</html>
`,
    404,
  )
}
