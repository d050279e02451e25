/**
 * The project's own lint rule: which room may import from which.
 *
 * @see https://oxc.rs/docs/guide/usage/linter/js-plugins.html
 */
import { dirname, join, relative, sep } from 'node:path'

/** Each room of `src`, and what it may import: other rooms, or single files of them. */
const ROOMS = {
  'index.ts': ['app.ts', 'worker', 'routes', 'account', 'adapters', 'domain', 'contract'],
  'app.ts': ['routes', 'adapters', 'domain', 'contract'],
  worker: ['routes/gateway.ts', 'adapters', 'domain', 'contract'],
  routes: ['domain', 'contract'],
  account: ['adapters', 'domain', 'contract'],
  adapters: ['domain', 'contract'],
  domain: ['contract'],
  contract: [],
  client: ['contract', 'app.ts'],
  cli: ['client', 'contract', '../package.json'],
  playground: ['client', 'contract'],
  'ai-sdk': ['client', 'contract'],
  emulator: [],
  testing: ['emulator'],
}

const source = join(import.meta.dirname, '../../src')
const inSource = (path) => relative(source, path).split(sep).join('/')
const roomOf = (path) => path.split('/')[0]

const arrows = {
  create: (context) => {
    const room = roomOf(inSource(context.filename))
    if (room === '..') return {}
    const check = (node) => {
      const name = node.source?.value
      if (typeof name !== 'string' || !name.startsWith('.')) return
      const target = inSource(join(dirname(context.filename), name))
      const to = roomOf(target)
      if (to === room || [to, target].some((one) => ROOMS[room]?.includes(one))) return
      context.report({ node, message: `${room} may not import ${target}` })
    }
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
    }
  },
}

export default { meta: { name: 'house' }, rules: { arrows } }
