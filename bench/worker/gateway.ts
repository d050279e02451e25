/** The gateway as it is deployed, and under /bench what only the bench can ask of its objects. */
import gateway, * as deployed from '../../src/index.ts'
import type { Copies, Metered } from './control.ts'
import { type Meter, meterStorage } from './meter.ts'
import { addUp, copyRow } from './seed.ts'

export * from '../../src/index.ts'

export class Account extends deployed.Account {
  #meter: Meter | undefined

  /** What has run since it was last called; counts on, or stops counting. */
  meter(isOn: boolean): Metered[] {
    const metered = this.#meter?.read() ?? []
    this.#meter?.remove()
    this.#meter = isOn ? meterStorage(this.ctx.storage) : undefined
    return metered
  }

  copy(copies: Copies): void {
    copyRow(this.ctx.storage, copies)
  }

  /** To be called after the last copy: starts afresh, from what the tables hold by then. */
  async addUp(): Promise<void> {
    addUp(this.ctx.storage)
    // What is not on disk by then is lost.
    await this.ctx.storage.sync()
    this.ctx.abort('filled')
  }

  /** Lets the alarm ring with one generation due. */
  async ring(dueId: string): Promise<void> {
    const due = 'UPDATE generations SET due_at_ms = ? WHERE id = ?'
    this.ctx.storage.sql.exec(due, Date.now() - 1, dueId)
    await this.alarm()
  }

  /** Forgets everything, so that nothing more is ever due. */
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

/** `/bench/<account>/<operation>`, with what it needs as JSON. */
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
    // An object that starts afresh breaks off the call that asked for it.
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
