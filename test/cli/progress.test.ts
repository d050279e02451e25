import { PassThrough } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createProgress } from '../../src/cli/progress.ts'
import type { Generation, GenerationEvent } from '../../src/client/index.ts'
import { ID, position, queued as example, told } from '../client/example.ts'

beforeEach(() => vi.useFakeTimers({ now: Date.parse(example.created_at) }))
afterEach(() => vi.useRealTimers())

const outlook = { expected_seconds: { p50: 20, p90: 75 } }
const inState = (facts: object): Generation => ({ ...example, ...outlook, ...facts })
const queued = inState({ queue_position: 3 })
const now = () => new Date().toISOString()
const inLine = () => told(1, queued)
const rendering = (): GenerationEvent => ({
  ...told(2, inState({ status: 'in_progress', queue_position: null, started_at: now() })),
  created_at: now(),
})
const says = (message: string): GenerationEvent => ({
  id: 3,
  generation_id: ID,
  created_at: now(),
  type: 'generation.log',
  message,
  level: null,
  logged_at: null,
})

/** What a reader sees on a stream. */
const shownOn = (facts: { isTTY: boolean; columns?: number }) => {
  const stderr = Object.assign(new PassThrough({ encoding: 'utf8' }), facts)
  const shell = { stdin: stderr, stdout: stderr, stderr, env: {}, signal: AbortSignal.abort() }
  const progress = createProgress({ shell, wantsJson: false }, 'sending')
  return {
    progress,
    /** The current line. */
    line: () => {
      const written: string = stderr.read() ?? ''
      return stripVTControlCharacters(written.split('\r\u001B[2K').at(-1) ?? '')
    },
  }
}

it('shows place in line, elapsed time and usual duration on a terminal, and updates them', () => {
  const { progress, line } = shownOn({ isTTY: true, columns: 80 })
  expect(line()).toBe('⠋ sending · 0 s')
  progress.expect(queued)
  progress.show(inLine())
  expect(line()).toBe('⠙ in line, 3 ahead · 0 s · usually 20 s')
  progress.show(position(2, 0))
  vi.advanceTimersByTime(4000)
  expect(line()).toMatch(/^. next in line · 4 s · usually 20 s$/)
  progress.show(rendering())
  progress.show(says('step 3 of 10'))
  expect(line()).toMatch(/^. rendering · 4 s · usually 20 s · “step 3 of 10”$/)
  vi.advanceTimersByTime(30_000)
  expect(line()).toMatch(/^. rendering · 34 s · 9 of 10 within 1 min 15 s · “step 3 of 10”$/)
  vi.advanceTimersByTime(60_000)
  expect(line()).toMatch(
    /^. rendering · 1 min 34 s · longer than usual, 9 of 10 within 1 min 15 s · “s/,
  )
  progress.end()
  expect(line()).toBe('')
  vi.advanceTimersByTime(1000)
  expect(line()).toBe('')
})

it('never fills the line, and lets no model output move the cursor', () => {
  const { progress, line } = shownOn({ isTTY: true, columns: 40 })
  progress.expect(queued)
  progress.show(rendering())
  progress.show(says('\u001B[2J\u0007evil\nlines 日本語日本語日本語日本語'))
  expect(line()).toBe('⠹ rendering · 0 s · usually 20 s · “ […')
  progress.end()
})

it('prints permanent lines above the one that changes', () => {
  const { progress, line } = shownOn({ isTTY: true, columns: 80 })
  line()
  progress.say('gen_1 · $0.20 reserved')
  expect(line()).toBe('⠙ sending · 0 s')
  progress.end()
})

it('prints a line per change off a terminal, with the gateway’s times and the usual duration once', () => {
  const { progress, line } = shownOn({ isTTY: false })
  progress.expect(queued)
  progress.show(inLine())
  vi.advanceTimersByTime(2500)
  progress.show(rendering())
  progress.show(says('step 1'))
  expect(line()).toBe(
    [
      '   0.0 s  in line, 3 ahead · usually 20 s',
      '   2.5 s  rendering',
      '   2.5 s  the model says “step 1”',
      '',
    ].join('\n'),
  )
})

it.each([true, false])('says why it has not been sent yet (on a terminal: %s)', (isTTY) => {
  const { progress, line } = shownOn({ isTTY, columns: 80 })
  const facts = { status: 'submitting', queue_position: null }
  progress.expect(inState({ ...facts, pending_reason: 'provider_unavailable' }))
  progress.show(told(1, inState(facts)))
  expect(line()).toContain('fal takes no requests now; it is sent once fal does')
})
