/** What really happened in a campaign, as the emulator knows it. */
import type { EmulatorServer, JobTruth } from '../../src/emulator/index.ts'
import { tagOf } from './caller.ts'
import type { Truth } from './judge.ts'

interface Delivery {
  readonly request_id: string
  readonly attempts: readonly { readonly status?: number }[]
}

interface SubmitCall {
  readonly op: string
  readonly prompt?: string
  readonly at_ms: number
  readonly status: number | string | null
}

/** A POST to fal: when it came, and how it was answered. */
export interface Submit {
  readonly atMs: number
  readonly answer: number | string | null
}

export const createTruth = ({ url, emulator }: EmulatorServer) => {
  const control = async <Body>(path: string, body?: unknown): Promise<Body> => {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
    const response = await fetch(`${url}/_emulator${path}`, init)
    if (!response.ok) throw new Error(`the emulator said ${response.status}`)
    return (await response.json()) as Body
  }
  return {
    control,
    jobs: (): JobTruth[] => emulator.jobs(),
    /** @param isHistoryOpen whether the history was readable all the time */
    read: async (isHistoryOpen: boolean): Promise<Truth[]> => {
      const { deliveries } = await control<{ deliveries: Delivery[] }>('/webhooks')
      const taken = new Set(
        deliveries
          .filter(({ attempts }) => attempts.some(({ status }) => status === 200))
          .map((delivery) => delivery.request_id),
      )
      return emulator.jobs().map((job) => ({
        tag: tagOf(job.input['prompt']),
        requestId: job.request_id,
        final: job.final,
        outcome: job.outcome,
        heard: taken.has(job.request_id) || (job.listed && (isHistoryOpen || 'perhaps')),
      }))
    },
    /** Every POST of each tag. */
    submits: async (): Promise<Map<string, Submit[]>> => {
      const { calls } = await control<{ calls: SubmitCall[] }>('/calls')
      const submits = new Map<string, Submit[]>()
      for (const { prompt, at_ms: atMs, status } of calls.filter(({ op }) => op === 'submit')) {
        const tag = tagOf(prompt)
        submits.set(tag, [...(submits.get(tag) ?? []), { atMs, answer: status }])
      }
      return submits
    },
  }
}
