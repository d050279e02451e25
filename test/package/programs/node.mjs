/** The client in Node: prints what came of it. */
import { tryEverything } from './try-everything.mjs'

const [baseUrl, apiKey] = process.argv.slice(2)
process.stdout.write(JSON.stringify(await tryEverything({ baseUrl, apiKey })))
