/** The truth of a campaign, as the emulator knows it. */
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
    /** Every accepted job, and whether a webhook of it was acknowledged. */
    read: async (): Promise<Truth[]> => {
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
        hookTaken: taken.has(job.request_id),
      }))
    },
    /** When each tag was submitted, each time. */
    submits: async (): Promise<Map<string, number[]>> => {
      const { calls } = await control<{ calls: SubmitCall[] }>('/calls')
      const times = new Map<string, number[]>()
      for (const call of calls.filter(({ op }) => op === 'submit')) {
        const tag = tagOf(call.prompt)
        times.set(tag, [...(times.get(tag) ?? []), call.at_ms])
      }
      return times
    },
  }
}
