/** Shows a generation's events: one line that changes on a terminal, a line each elsewhere. */
import type { GenerationEvent } from '../src/client/index.ts'

/** What of a terminal is needed here. */
export interface Output {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

export interface Progress {
  show(event: GenerationEvent): void
  /** Leaves the last line standing. */
  end(): void
}

/** Time passes on the line by itself; nothing is shown that was not told. */
export const createProgress = (output: Output, nowMs: () => number = Date.now): Progress => {
  const startedMs = nowMs()
  let text = 'sending'
  const line = () => `${((nowMs() - startedMs) / 1000).toFixed(1).padStart(6)} s  ${text}`
  // A line that wraps cannot be written over.
  const repaint = () => output.write(`\r\u001B[2K${line().slice(0, (output.columns ?? 80) - 1)}`)
  const timer = output.isTTY === true ? setInterval(repaint, 100) : undefined
  return {
    show: (event) => {
      text = describe(event)
      if (timer === undefined) output.write(`${line()}\n`)
      else repaint()
    },
    end: () => {
      clearInterval(timer)
      if (timer !== undefined) output.write('\n')
    },
  }
}

const describe = (event: GenerationEvent): string => {
  switch (event.type) {
    case 'generation.queue_position':
      return inLine(event.queue_position)
    case 'generation.log':
      return `in progress, the model says “${event.message}”`
    case 'generation.unconfirmed':
      return "fal's answer was lost; its webhook and its history will tell"
    case 'generation.cancel_requested':
      return 'cancel requested'
    case 'generation.late_result':
      return 'a late result came'
    default:
      return event.generation.status === 'queued'
        ? inLine(event.generation.queue_position)
        : event.generation.status.replace('_', ' ')
  }
}

const inLine = (position: number | null): string => {
  if (position === null) return 'queued'
  return position === 0 ? 'queued, next in line' : `queued, ${position} before us`
}
