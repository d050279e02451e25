/** Shows progress: one changing line on a terminal, elsewhere one line for each event. */
import type { Generation, GenerationEvent } from '../client/index.ts'
import type { PendingReason } from '../contract/status.ts'
import { duration } from '../contract/words.ts'
import { createPaint, type OutputStream, printable, type Shell } from './shell.ts'
import { fit } from './table.ts'
import { eventWords, waitingWords } from './words.ts'

export interface Progress {
  readonly show: (event: GenerationEvent) => void
  /** Sets the usual duration and the reason for waiting, which events do not have. */
  readonly expect: (generation: Generation) => void
  readonly set: (words: string) => void
  readonly say: (line: string) => void
  /** Clears the changing line. */
  readonly end: () => void
}

export interface ProgressOptions {
  /** When it was requested, in epoch milliseconds. */
  readonly startedMs: number
  /** The status to show before the first event. */
  readonly words: string
}

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'] as const
const FRAME_MS = 100
const CLEAR_LINE = '\r\u001B[2K'
const DEFAULT_COLUMNS = 80

/** With `--json`, progress is only for a terminal: a pipe gets nothing but JSON. */
export const createProgress = (
  shell: Shell,
  wantsJson: boolean,
  options: ProgressOptions,
): Progress => {
  if (wantsJson && shell.stderr.isTTY !== true) {
    return { show: nothing, expect: nothing, set: nothing, say: nothing, end: nothing }
  }
  return shell.stderr.isTTY === true
    ? createLiveLine(shell, options)
    : createPlainLines(shell.stderr)
}

const nothing = () => undefined

const createLiveLine = (
  { stderr, env }: Shell,
  { startedMs, words }: ProgressOptions,
): Progress => {
  const paint = createPaint(stderr, env)
  let state = words
  let said = ''
  let expected: Expected = null
  let reason: PendingReason | null = null
  let frames = 0
  let isOver = false
  const repaint = () => {
    const frame = FRAMES[frames++ % FRAMES.length] ?? ''
    const elapsedMs = Date.now() - startedMs
    const head = `${state} · ${duration(elapsedMs)}`
    const tail = [typical(expected, elapsedMs), said].filter((text) => text !== '').join(' · ')
    // One column stays free: on some terminals a full line wraps, and cannot be cleared.
    const room = (stderr.columns ?? DEFAULT_COLUMNS) - 3
    const line = fit(tail === '' ? head : `${head} · ${tail}`, room)
    stderr.write(
      `${CLEAR_LINE}${paint('cyan', frame)} ${line.slice(0, head.length)}${paint('dim', line.slice(head.length))}`,
    )
  }
  repaint()
  const timer = setInterval(repaint, FRAME_MS)
  return {
    show: (event) => {
      if (event.type === 'generation.log') said = `“${printable(event.message)}”`
      else said = ''
      state = inWords(event, reason) ?? state
      repaint()
    },
    expect: (generation) => {
      expected = expectedOf(generation)
      reason = reasonOf(generation)
    },
    set: (words) => {
      state = words
    },
    say: (line) => {
      stderr.write(`${CLEAR_LINE}${line}\n`)
      repaint()
    },
    end: () => {
      if (isOver) return
      isOver = true
      clearInterval(timer)
      stderr.write(CLEAR_LINE)
    },
  }
}

/** Each line begins with the time since the generation was requested. */
const createPlainLines = (stderr: OutputStream): Progress => {
  let createdMs: number | undefined
  let usual = ''
  let reason: PendingReason | null = null
  return {
    show: (event) => {
      const atMs = Date.parse(event.created_at)
      createdMs ??= 'generation' in event ? Date.parse(event.generation.created_at) : atMs
      const elapsed = `${((atMs - createdMs) / 1000).toFixed(1).padStart(6)} s`
      const words =
        event.type === 'generation.log'
          ? `the model says “${printable(event.message)}”`
          : inWords(event, reason)
      stderr.write(`${elapsed}  ${[words, usual].filter(Boolean).join(' · ')}\n`)
      usual = ''
    },
    expect: (generation) => {
      usual = typical(expectedOf(generation), 0)
      reason = reasonOf(generation)
    },
    // A batch prints a line for each job that ends.
    set: nothing,
    say: (line) => void stderr.write(`${line}\n`),
    end: () => undefined,
  }
}

type Expected = { readonly p50: number; readonly p90: number } | null

const expectedOf = (generation: Generation): Expected =>
  'expected_seconds' in generation ? generation.expected_seconds : null

const reasonOf = (generation: Generation): PendingReason | null =>
  'pending_reason' in generation ? generation.pending_reason : null

const inWords = (event: GenerationEvent, reason: PendingReason | null): string | undefined =>
  event.type === 'generation.submitting' ? waitingWords(reason) : eventWords(event)

/** How long such a generation usually takes; past that, how long the slow ones take. */
const typical = (expected: Expected, elapsedMs: number): string => {
  if (expected === null) return ''
  const { p50, p90 } = expected
  if (elapsedMs <= p50 * 1000) return `usually ${duration(p50 * 1000)}`
  const slow = `9 of 10 within ${duration(p90 * 1000)}`
  return elapsedMs <= p90 * 1000 ? slow : `longer than usual, ${slow}`
}
