/** `pika-edge generate` and `estimate`: a prompt's video, or its price. */
import { generationRequest } from '../../contract/input.ts'
import { usd } from '../../contract/words.ts'
import { usageError } from '../exit-codes.ts'
import { payMany } from '../batch.ts'
import { pay } from '../follow.ts'
import { count, fieldsOf, valueOf, withInput, withSpending } from '../options.ts'
import { readBatch, readPrompt } from '../prompt.ts'
import { type Add, verb } from '../verb.ts'
import { limitFacts } from '../words.ts'

const GENERATE = `make a video from a prompt, and wait for it

The prompt is an argument, a file (--file), or stdin (- or a pipe). Without
--out it prints the video's URL. Ctrl-C stops the waiting, not the generation.

A line of --batch is {"prompt": "…", "resolution": "1080p"}, or "…" alone; flags
are the defaults. Run it again with the printed --batch-id to pay only for the
videos that are missing.

Examples:
  $ pika-edge generate 'Sunlight on a slow river' --out river.mp4
  $ pika-edge generate --file prompt.txt -r 1080p -d 10 -a 9:16 --out videos/
  $ pika-edge generate 'A paper boat' --count 3 --out boats/
  $ pika-edge generate --batch prompts.jsonl --concurrency 8 --out videos/ --yes
  $ echo 'A paper boat in the rain' | pika-edge generate --json | jq -r .video.url
  $ pika-edge generate 'A lighthouse at night' --out - | ffplay -
  $ id=$(pika-edge generate 'A cat asleep' --no-wait) && pika-edge watch "$id"`

const ESTIMATE = `what a video would cost, and whether the budget covers it

Nothing is sent to fal or stored. It takes generate's options for the video. The
prompt does not affect the price, so you can leave it out.

Examples:
  $ pika-edge estimate
  $ pika-edge estimate -r 1080p -d 10
  $ pika-edge estimate --json | jq .admissible`

/** A batch id is part of idempotency keys. */
const batchId = valueOf('It must be up to 64 letters, digits, dots, - and _.', (text) =>
  /^[\w.-]{1,64}$/.test(text) ? text : undefined,
)

export const addGenerate: Add = (program, session) => {
  const { shell, paint } = session
  withSpending(withInput(verb(program, 'generate [prompt...]', GENERATE)))
    .option('-c, --count <number>', 'how many videos of each prompt', count, 1)
    .option('-b, --batch <path>', 'a file with one JSON request a line; - for stdin')
    .option('--concurrency <number>', 'how many at once, with --count or --batch', count, 4)
    .option('--batch-id <id>', 'continue the batch with this id', batchId)
    .option('-y, --yes', 'do not ask, with --count or --batch')
    .action(async (words, options) => {
      const { batch, count: times, seed, file } = options
      if (batch !== undefined && (words.length > 0 || file !== undefined)) {
        throw usageError('give one prompt or --batch, not both')
      }
      if (times > 1 && seed !== undefined) {
        throw usageError('the same seed gives a similar video each time: drop --seed or --count')
      }
      if (batch !== undefined) {
        return payMany(session, await readBatch(batch, options, shell), options)
      }
      const prompt = await readPrompt(shell, words, file)
      const json = { ...fieldsOf(generationRequest, options), prompt }
      if (times > 1) return payMany(session, [json], options)
      await pay(session, options, (init) => session.api.generations.$post({ json }, init))
    })
  withInput(verb(program, 'estimate [prompt...]', ESTIMATE)).action(async (words, options) => {
    const isGiven = words.length > 0 || options.file !== undefined
    const prompt = isGiven ? await readPrompt(shell, words, options.file) : 'Any prompt'
    const json = { ...fieldsOf(generationRequest, options), prompt }
    const estimate = await session.ask(session.api.generations.estimate.$post, { json })
    const { input, cost, admissible, limits, open } = estimate
    const mark = (isOver: boolean) => (isOver ? paint.out('red', ' ✖ over it') : '')
    session.show(estimate, [
      ['video', `${input.duration} s in ${input.resolution}`],
      ['cost', usd(cost.estimated_usd)],
      ...limitFacts(limits, ({ exceeded }) => mark(exceeded)),
      ['open now', `${open.now} of ${open.max}`, mark(open.exceeded)],
      ['accepted now', '', admissible ? paint.out('green', 'yes') : paint.out('red', 'no')],
    ])
  })
}
