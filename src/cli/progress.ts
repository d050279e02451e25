/** Shows progress: one changing line on a terminal, elsewhere one line for each event. */
import type { Generation, GenerationEvent } from '../client/index.ts'
import { duration } from '../contract/words.ts'
import type { Session } from './session.ts'
import { createPaint, printable, type Shell } from './shell.ts'
import { fit } from './table.ts'
import { eventWords } from './words.ts'

const FRAMES = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'
const FRAME_MS = 100
const CLEAR_LINE = '\r\u001B[2K'
const DEFAULT_COLUMNS = 80

/**
 * With `--json`, progress is only for a terminal: a pipe gets nothing but JSON.
 *
 * @param words the status to show before the first event
 * @param startedMs when it was requested, in epoch milliseconds
 */
export const createProgress = (
  { shell, wantsJson }: Pick<Session, 'shell' | 'wantsJson'>,
  words: string,
  startedMs = Date.now(),
): Progress =>
  shell.stderr.isTTY === true
    ? createLiveLine(shell, words, startedMs)
    : createPlainLines((line) => void (wantsJson || shell.stderr.write(`${line}\n`)))

const createLiveLine = ({ stderr, env }: Shell, words: string, startedMs: number) => {
  const paint = createPaint(stderr, env)
  let state = words
  let said = ''
  let latest: Generation | undefined
  let frames = 0
  const repaint = () => {
    const frame = FRAMES[frames++ % FRAMES.length] ?? ''
    const elapsedMs = Date.now() - startedMs
    const head = `${state} · ${duration(elapsedMs)}`
    // One column stays free: on some terminals a full line wraps, and cannot be cleared.
    const room = (stderr.columns ?? DEFAULT_COLUMNS) - 3
    const line = fit([head, usual(latest, elapsedMs), said].filter(Boolean).join(' · '), room)
    const [bright, dim] = [line.slice(0, head.length), line.slice(head.length)]
    stderr.write(`${CLEAR_LINE}${paint('cyan', frame)} ${bright}${paint('dim', dim)}`)
  }
  repaint()
  const timer = setInterval(repaint, FRAME_MS)
  return {
    show: (event: GenerationEvent) => {
      said = event.type === 'generation.log' ? `“${printable(event.message)}”` : ''
      state = eventWords(event, latest) ?? state
      repaint()
    },
    /** Sets the usual duration and the reason for waiting, which events do not have. */
    expect: (generation: Generation) => void (latest = generation),
    set: (words: string) => void (state = words),
    say: (line: string) => {
      stderr.write(`${CLEAR_LINE}${line}\n`)
      repaint()
    },
    /** Clears the changing line. */
    end: () => {
      clearInterval(timer)
      stderr.write(CLEAR_LINE)
    },
  }
}
export type Progress = ReturnType<typeof createLiveLine>

/** Each line begins with the time since the generation was requested. */
const createPlainLines = (say: Progress['say']): Progress => {
  let latest: Generation | undefined
  let note = ''
  return {
    show: (event) => {
      const createdMs = Date.parse(latest?.created_at ?? event.created_at)
      const seconds = ((Date.parse(event.created_at) - createdMs) / 1000).toFixed(1)
      const words =
        event.type === 'generation.log'
          ? `the model says “${printable(event.message)}”`
          : eventWords(event, latest)
      say(`${seconds.padStart(6)} s  ${[words, note].filter(Boolean).join(' · ')}`)
      note = ''
    },
    expect: (generation) => {
      latest = generation
      note = usual(generation, 0)
    },
    // A batch prints a line for each job that ends.
    set: () => undefined,
    say,
    end: () => undefined,
  }
}

/** How long such a generation usually takes; past that, how long the slow ones take. */
const usual = (generation: Generation | undefined, elapsedMs: number): string => {
  if (!generation || !('expected_seconds' in generation) || !generation.expected_seconds) return ''
  const { p50, p90 } = generation.expected_seconds
  if (elapsedMs <= p50 * 1000) return `usually ${duration(p50 * 1000)}`
  const slow = `9 of 10 within ${duration(p90 * 1000)}`
  return elapsedMs <= p90 * 1000 ? slow : `longer than usual, ${slow}`
}
