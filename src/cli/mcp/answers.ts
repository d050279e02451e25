/** A tool's answers: facts as JSON, and what the model can do next. */
import type { CallToolResult } from '@modelcontextprotocol/server'
import * as z from 'zod/mini'
import { cost, generationError } from '../../contract/generation.ts'
import { video } from '../../contract/video.ts'
import { PENDING_REASONS, STATUSES } from '../../contract/status.ts'
import { type Generation, PikaError, type PikaErrorCode } from '../../client/index.ts'
import { costWords } from '../../contract/words.ts'
import { tell } from '../tell.ts'
import { statusWords } from '../words.ts'

/** A generation, cut down to what a model needs. */
export const videoView = z.object({
  id: z.string(),
  status: z.enum(STATUSES),
  prompt: z.string(),
  seed: z.nullable(z.int()),
  video: z.nullable(video),
  error: z.nullable(generationError),
  cost,
  queue_position: z.nullable(z.int()),
  pending_reason: z.nullable(z.enum(PENDING_REASONS)),
  expected_seconds: z.nullable(z.object({ p50: z.number(), p90: z.number() })),
  created_at: z.string(),
  finished_at: z.nullable(z.string()),
})

export const viewOf = (generation: Generation): z.infer<typeof videoView> => {
  const { prompt, seed = null } = generation.input
  // Only an open generation has these two.
  const open = { pending_reason: null, expected_seconds: null }
  return z.parse(videoView, { ...open, ...generation, prompt, seed })
}

export const nextOf = (generation: Generation): string => {
  const told = `${statusWords(generation)}, ${costWords(generation)}.`
  if (generation.finished_at === null) return `${told} Next: get_video with wait_seconds 45.`
  if (generation.status === 'completed') return told
  return generation.cost.state === 'released'
    ? `${told} generate_video with the same input tries again.`
    : `${told} It was or may have been paid for, so the same input is not sent again: change the prompt, or request another variation.`
}

export const answer = (facts: Record<string, unknown>, ...words: readonly string[]) => ({
  structuredContent: facts,
  content: [JSON.stringify(facts), ...words].map((text) => ({ type: 'text' as const, text })),
})

/** Turns errors into answers, which the model can read and act on. */
export const answering =
  <Args, Context>(run: (args: Args, context: Context) => Promise<CallToolResult>) =>
  async (args: Args, context: Context): Promise<CallToolResult> => {
    try {
      return await run(args, context)
    } catch (error) {
      const facts = tell(error)?.document ?? {}
      const { exit_code: _code, idempotency_key: _key, hints: _hints, ...document } = facts
      const hint = error instanceof PikaError ? HINTS[error.code] : undefined
      const text = JSON.stringify(hint === undefined ? document : { ...document, hint })
      return { isError: true, content: [{ type: 'text', text }] }
    }
  }

const HINTS: Partial<Record<PikaErrorCode, string>> = {
  over_budget:
    'cost says what it needs, what is left and when the limit resets. Ask the user, or request a shorter or smaller video.',
  missing_scope: 'The key may not do that: ask the user for a key with that scope.',
  unauthorized: 'The key is not valid: ask the user to run pika-edge doctor.',
  network: 'Call again with the same input: it is never paid twice.',
  unavailable: 'Call again with the same input: it is never paid twice.',
  content_policy_violation: 'Change the prompt: fal would refuse the same one again.',
  still_open: 'get_video with wait_seconds waits for it.',
}
