/** Cuts callers off at random moments, lets them resend at once, and counts what was paid for. */
import * as fc from 'fast-check'
import { type EmulatorServer, startEmulator } from '../../src/emulator/index.ts'
import { pool } from './pool.ts'
import { startRelay } from './relay.ts'

type Headers = Readonly<Record<string, string>>

/** An account with its own key. */
export interface CallersAccount {
  readonly id: string
  readonly headers: Headers
}

/** The part of the bench used here. Its gateway is the Worker in workerd, nothing in between. */
interface Bench {
  startGateway(fal: Pick<EmulatorServer, 'url' | 'jwksUrl' | 'falKey'>): Promise<
    AsyncDisposable & {
      readonly worker: { readonly url: URL }
      readonly admin: Headers
      newAccount(): Promise<CallersAccount>
    }
  >
}

export type CallersWorld = Awaited<ReturnType<typeof startCallersWorld>>

export const startCallersWorld = async () => {
  await using started = new AsyncDisposableStack()
  const emulator = started.use(await startEmulator({ queueMs: 0, renderMs: 0 }))
  const fal = started.use(await startRelay(emulator.url))
  const { jwksUrl, falKey } = emulator
  // Imported by a name that the compiler does not follow: miniflare's declarations bring in the
  // Worker's global types, which would replace Node's in everything that is compiled with them.
  const name: string = '../../bench/gateway.ts'
  const bench: Bench = await import(name)
  const gateway = started.use(await bench.startGateway({ url: fal.url, jwksUrl, falKey }))
  const ready = started.move()
  return {
    emulator,
    /** The relay between the gateway and fal. */
    fal,
    /** The Worker itself, because `wrangler dev` hides a broken connection from it. */
    gatewayUrl: gateway.worker.url.origin,
    admin: gateway.admin,
    newAccount: () => gateway.newAccount(),
    [Symbol.asyncDispose]: () => ready.disposeAsync(),
  }
}

/** Long enough for cuts before, during and after each step. */
const LONGEST_MS = 60
/** When to cut a connection: this long after it was made, or at the answer's first byte. */
const MOMENT = fc.oneof(
  { arbitrary: fc.nat(4 * LONGEST_MS), weight: 4 },
  { arbitrary: fc.constant('answer' as const), weight: 1 },
)

/** @param withKey whether each sends an `Idempotency-Key` */
export const cutCallers = async (
  world: CallersWorld,
  { count, width, seed }: Readonly<Record<'count' | 'width' | 'seed', number>>,
  withKey: boolean,
) => {
  const { headers } = await world.newAccount()
  const plan = fc.record({ submitMs: fc.nat(LONGEST_MS), moment: MOMENT })
  const plans = fc.sample(plan, { numRuns: count, seed })
  const cutAtMs = new Map<string, number>()
  const promptOf = (index: number): string => {
    const name = `cut-${withKey ? 'keyed' : 'keyless'}-${index}`
    // The job ends long after, so the gateway can answer only once fal answers the POST.
    return `${name} [emulator: submit_ms=${plans[index]?.submitMs} render_ms=600000]`
  }
  await pool(plans, width, async ({ moment }, index) => {
    const prompt = promptOf(index)
    const cut = (): void => {
      cutAtMs.set(prompt, Date.now())
      relay.cut()
    }
    const onAnswer = moment === 'answer' ? cut : undefined
    await using cleanUp = new AsyncDisposableStack()
    const relay = cleanUp.use(await startRelay(world.gatewayUrl, onAnswer))
    const key = withKey ? { 'idempotency-key': prompt.replaceAll(/[^\w-]/g, '') } : {}
    const ask = (url: string): Promise<Response> =>
      fetch(`${url}/v1/generations`, {
        method: 'POST',
        headers: { ...headers, ...key, 'content-type': 'application/json' },
        body: JSON.stringify({ prompt }),
      })
    const timer = moment === 'answer' ? undefined : setTimeout(cut, moment)
    const answer = await ask(relay.url)
      .then((response) => response.text())
      .catch(() => null)
    clearTimeout(timer)
    if (answer !== null) cutAtMs.delete(prompt)
    else if (!(await ask(world.gatewayUrl)).ok) throw new Error(`${prompt} was refused`)
  })

  const cuts = {
    /** Answered before the cut was due. */
    uncut: 0,
    /** Cut before fal had answered, so before any answer left. */
    before: 0,
    beforePaidTwice: 0,
    /** Cut later: the answer was on its way, or had arrived. */
    later: 0,
    laterPaidTwice: 0,
    /** Told about a generation although nothing was paid for. */
    unpaid: 0,
  }
  const jobs = Map.groupBy(world.emulator.emulator.jobs(), ({ input }) => String(input['prompt']))
  for (const [index, { submitMs }] of plans.entries()) {
    const prompt = promptOf(index)
    const [first, ...others] = jobs.get(prompt) ?? []
    const cutMs = cutAtMs.get(prompt)
    const isBefore =
      cutMs !== undefined && (first === undefined || cutMs < first.accepted_at_ms + submitMs)
    const when = cutMs === undefined ? 'uncut' : isBefore ? 'before' : 'later'
    cuts[when]++
    if (first === undefined) cuts.unpaid++
    if (others.length > 0 && when !== 'uncut') cuts[`${when}PaidTwice`]++
  }
  return cuts
}
