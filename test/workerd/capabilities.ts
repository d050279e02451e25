/**
 * Lets tests reach an account's capabilities. Vitest replaces our class with one that
 * turns each property into a method, so `stub.schedules.create(…)` would stop at `schedules`.
 * Outside these tests the platform itself does this.
 */
import { DurableObject, RpcTarget } from 'cloudflare:workers'
import { AccountObject } from '../../src/account/account.ts'

type Methods = Readonly<Record<string, (...args: unknown[]) => unknown>>
type Ensure = () => Promise<{ readonly instance: Readonly<Record<string, Methods>> }>

/** How Vitest's class reaches our object, which it creates at its first call. */
const ensureOf = (wrapper: object): Ensure => {
  const prototype = Object.getPrototypeOf(wrapper)
  const symbol = Object.getOwnPropertySymbols(prototype).find(
    ({ description }) => description === 'kEnsureInstance',
  )
  return Reflect.get(prototype, symbol ?? 'ensure', wrapper).bind(wrapper)
}

const capabilityOf = (wrapper: object, name: string): object => {
  function Target() {}
  Target.prototype = new Proxy(Object.create(RpcTarget.prototype), {
    get: (target, method, receiver) => {
      const known = Reflect.get(target, method, receiver)
      if (known !== undefined || typeof method === 'symbol') return known
      return async (...args: unknown[]) => {
        const { instance } = await ensureOf(wrapper)()
        return instance[name]?.[method]?.(...args)
      }
    },
  })
  return Reflect.construct(RpcTarget, [], Target)
}

const members = Object.entries(Object.getOwnPropertyDescriptors(AccountObject.prototype))
for (const [name] of members.filter(([, member]) => 'get' in member)) {
  Object.defineProperty(DurableObject.prototype, name, {
    configurable: true,
    get(this: object) {
      return capabilityOf(this, name)
    },
  })
}
