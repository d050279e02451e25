/** The gateway as deployed, with calls under /bench that only the bench can make. */
import gateway, * as deployed from '../../src/index.ts'
import type { Copies, Metered } from './control.ts'
import { type Meter, meterStorage } from './meter.ts'
import { addUp, copyRow } from './seed.ts'

export * from '../../src/index.ts'

export class Account extends deployed.Account {
  #meter: Meter | undefined

  /** What has run since the last call; then counts on, or stops counting. */
  meter(isOn: boolean): Metered[] {
    const metered = this.#meter?.read() ?? []
    this.#meter?.remove()
    this.#meter = isOn ? meterStorage(this.ctx.storage) : undefined
    return metered
  }

  copy(copies: Copies): void {
    copyRow(this.ctx.storage, copies)
  }

  /** Called after the last copy. Restarts the object from what its tables hold. */
  async addUp(): Promise<void> {
    addUp(this.ctx.storage)
    // Anything not on disk by then is lost.
    await this.ctx.storage.sync()
    this.ctx.abort('filled')
  }

  /** Rings the alarm with one generation due. */
  async ring(dueId: string): Promise<void> {
    const due = 'UPDATE generations SET due_at_ms = ? WHERE id = ?'
    this.ctx.storage.sql.exec(due, Date.now() - 1, dueId)
    await this.alarm()
  }

  /** Deletes everything, so that nothing is ever due again. */
  async retire(): Promise<void> {
    await this.ctx.storage.deleteAlarm()
    await this.ctx.storage.deleteAll()
    await this.ctx.storage.sync()
    this.ctx.abort('retired')
  }
}

export class Directory extends deployed.Directory {
  #meter: Meter | undefined

  meter(isOn: boolean): Metered[] {
    const metered = this.#meter?.read() ?? []
    this.#meter?.remove()
    this.#meter = isOn ? meterStorage(this.ctx.storage) : undefined
    return metered
  }
}

/** `/bench/<account>/<operation>`, with its argument as JSON. */
const control = async (request: Request, env: Env): Promise<unknown> => {
  const [, , accountId = '', operation] = new URL(request.url).pathname.split('/')
  const accounts = env.ACCOUNTS as unknown as DurableObjectNamespace<Account>
  const directories = env.DIRECTORY as unknown as DurableObjectNamespace<Directory>
  const account = accounts.getByName(accountId)
  const asked = await request.json<never>()
  switch (operation) {
    case 'meter': {
      const directory = directories.getByName('directory')
      return [...(await account.meter(asked)), ...(await directory.meter(asked))]
    }
    case 'copy':
      return account.copy(asked)
    case 'ring':
      return account.ring(asked)
    case 'tick':
      return account.runDue(asked, null)
    // An object that restarts breaks off the call that caused it.
    case 'add-up':
      return account.addUp().catch(() => undefined)
    case 'retire':
      return account.retire().catch(() => undefined)
    default:
      throw new Error(`no operation is called ${operation}`)
  }
}

export default {
  fetch: async (request, env, ctx) =>
    new URL(request.url).pathname.startsWith('/bench/')
      ? Response.json((await control(request, env)) ?? null)
      : gateway.fetch(request, env, ctx),
  scheduled: gateway.scheduled,
} satisfies ExportedHandler<Env>
