/** One webhook delivery: its state, and a single attempt. */
import type { WebhookBehaviour } from './markers.ts'

/** `lost` was never sent, `refused` got a 3xx, `expired` was retried to the end. */
type DeliveryState =
  | 'scheduled'
  | 'sending'
  | 'held'
  | 'retrying'
  | 'acknowledged'
  | 'refused'
  | 'expired'
  | 'lost'

export interface Delivery {
  id: string
  /** The job that it reports. */
  requestId: string
  /** The request that it names: a different one with the marker `wrong_id`. */
  namedRequestId: string
  url: string
  kind: WebhookBehaviour
  state: DeliveryState
  dueAtMs: number
  /** As last signed; empty before that. */
  headers: Record<string, string>
  body: string
  attempts: { atMs: number; status?: number; error?: string }[]
}

interface Attempt {
  deliver: (request: Request) => Promise<Response>
  timeoutMs: number
  /** Aborts the attempt. */
  ended: AbortSignal
}

/** POSTs a delivery once; returns the receiver's status, or the reason why there was none. */
export async function post(
  { url, headers, body }: Delivery,
  { deliver, timeoutMs, ended }: Attempt,
): Promise<number | string> {
  const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), ended])
  try {
    const request = new Request(url, { method: 'POST', headers, body, redirect: 'manual', signal })
    const response = await Promise.race([deliver(request), rejectWhenAborted(signal)])
    await response.body?.cancel()
    return response.status
  } catch (error) {
    return error instanceof Error ? error.message : 'not delivered'
  }
}

/** The hooks that a job sends. `late`, `early` and `out_of_order` say when, not what. */
export function kindsOf(behaviours: WebhookBehaviour[]): WebhookBehaviour[] {
  const timing = new Set<WebhookBehaviour>(['ok', 'late', 'early', 'out_of_order'])
  const kinds = behaviours.filter((behaviour) => !timing.has(behaviour))
  return (kinds.length === 0 ? (['ok'] as const) : kinds).flatMap((kind) =>
    kind === 'doubled' ? [kind, kind] : [kind],
  )
}

function rejectWhenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = () =>
      reject(signal.reason instanceof Error ? signal.reason : new Error('delivery was given up'))
    if (signal.aborted) fail()
    else signal.addEventListener('abort', fail, { once: true })
  })
}
