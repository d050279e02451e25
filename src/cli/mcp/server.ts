/** The tools for an agent: what each takes, returns and may change. */
import { type CallToolResult, McpServer, type ServerContext } from '@modelcontextprotocol/server'
import * as z from 'zod/mini'
import manifest from '../../../package.json' with { type: 'json' }
import { modelInput } from '../../contract/input.ts'
import { STATUSES } from '../../contract/status.ts'
import { estimateView } from '../../contract/usage.ts'
import { PikaError } from '../../client/index.ts'
import { endedWithout, hasEnded } from '../../client/wait.ts'
import { saveVideo } from '../save-video.ts'
import type { Session } from '../session.ts'
import { generateOnce } from './generate.ts'
import { answer, answering, nextOf, videoView, viewOf } from './answers.ts'

const INSTRUCTIONS = `Makes videos from text with Pika 2.2. Every video costs money: estimate_video \
says how much. generate_video returns at once; get_video with wait_seconds waits for the video. \
Calling generate_video again with the same input never pays twice: it returns the same video.`

/** A client gives up after 60 s, so no call lasts longer than this. */
const MAX_WAIT_SECONDS = 45

const from = (least: number, most: number, usual: number) =>
  z._default(z.int().check(z.minimum(least), z.maximum(most)), usual)
const id = z.string().check(z.startsWith('gen_', { error: 'is the id of a video, gen_…' }))
const variation = from(1, 1000, 1).check(
  z.describe(
    '1 is the video of this input; 2 is another video of the same input, which is paid too',
  ),
)

const generateInput = z.strictObject({ ...modelInput.shape, variation }).check(
  z.refine((input) => input.variation === 1 || input.seed === undefined, {
    error: 'cannot be combined with a seed, which gives the same video: change the seed',
    path: ['variation'],
  }),
)
const generated = z.object({
  ...videoView.shape,
  replayed: z
    .boolean()
    .check(z.describe('nothing new was made: an earlier call had the same input')),
  since: z.string().check(z.describe('when it was first requested')),
})
const listInput = z.strictObject({
  status: z.optional(z.enum(STATUSES)),
  limit: from(1, 50, 10),
  cursor: z.optional(z.string()).check(z.describe('the next_cursor of the page before')),
})
const listed = z.object({ videos: z.array(videoView), next_cursor: z.nullable(z.string()) })
const getInput = z.strictObject({
  id,
  wait_seconds: from(0, MAX_WAIT_SECONDS, 0).check(z.describe('how long to wait for its end')),
})
const estimated = z.omit(estimateView, { input: true, object: true })
const fileName = z
  .string()
  .check(
    z.regex(/^[\p{L}\p{N}_][\p{L}\p{N}_ .-]{0,100}$/u, { error: 'must be a plain name' }),
    z.describe('the name of the file, without a folder; default: the id'),
  )
const saveInput = z.strictObject({ id, file_name: z.optional(fileName) })
const saved = z.object({ path: z.string(), bytes: z.int() })

const READS = { readOnlyHint: true, openWorldHint: true }
const ADDS = { readOnlyHint: false, destructiveHint: false }

/** What an agent reads about each tool. */
const describe = (folder = '') => ({
  estimate_video: {
    title: 'Estimate a video',
    description: 'What a video would cost, and whether the budget covers it. Free.',
    annotations: READS,
  },
  generate_video: {
    title: 'Generate a video',
    description:
      'Requests a video of 5 or 10 seconds, which costs money, and returns before it is made. ' +
      'The same input again gives the same video and costs nothing more.',
    annotations: { ...ADDS, idempotentHint: true },
  },
  get_video: {
    title: 'Get a video',
    description: "A video's status, and its URL once it is made.",
    annotations: READS,
  },
  list_videos: {
    title: 'List videos',
    description: 'The videos of this account, the newest first.',
    annotations: READS,
  },
  cancel_video: {
    title: 'Cancel a video',
    description:
      'Asks fal to cancel a video. One that has begun may still finish, and costs money.',
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true },
  },
  save_video: {
    title: 'Save a video',
    description: `Saves a completed video as an MP4 in ${folder}. It replaces no file.`,
    annotations: { ...ADDS, openWorldHint: true },
  },
})

/** @param folder where videos may be saved; if undefined, there is no `save_video` */
export const createMcpServer = (session: Session, folder: string | undefined): McpServer => {
  const { pika, shell } = session
  const tools = describe(folder)
  const server = new McpServer(
    { name: 'pika-edge', title: 'pika-edge', version: manifest.version },
    { instructions: INSTRUCTIONS },
  )
  const tool = <In extends z.ZodMiniType>(
    name: keyof ReturnType<typeof describe>,
    input: In,
    output: z.ZodMiniType,
    run: (args: z.output<In>, context: ServerContext) => Promise<CallToolResult>,
  ) => {
    // Unlike zod, zod/mini attaches no JSON Schema. An input is described before it is transformed.
    const inputSchema = z.toJSONSchema(input, { io: 'input' })
    const schemas = { inputSchema, outputSchema: z.toJSONSchema(output) }
    server.registerTool(name, { ...tools[name], ...schemas }, answering(run))
  }

  tool('estimate_video', modelInput, estimated, async (input) => {
    const { model, cost, admissible, limits, open } = await pika.estimate(input)
    return answer({ model, cost, admissible, limits, open })
  })
  tool('generate_video', generateInput, generated, async ({ variation, ...input }) => {
    const { generation, replayed } = await generateOnce(session, input, variation)
    const another =
      input.seed === undefined
        ? `For another video of the same input, which is paid too: variation ${variation + 1}.`
        : 'For another video, change the seed or leave it out.'
    const since = generation.created_at
    const note = `Nothing new was made: it was already requested at ${since}. ${another}`
    const facts = { ...viewOf(generation), replayed, since }
    return answer(facts, ...(replayed ? [note] : []), nextOf(generation))
  })
  tool('get_video', getInput, videoView, async ({ id, wait_seconds }, { mcpReq: { signal } }) => {
    if (wait_seconds > 0) {
      await pika.waitFor(id, { timeoutMs: wait_seconds * 1000, signal }).catch((error: unknown) => {
        if (!(error instanceof PikaError) || error.code !== 'timeout') throw error
      })
    }
    const generation = await pika.get(id, { signal })
    return answer(viewOf(generation), nextOf(generation))
  })
  tool('list_videos', listInput, listed, async (asked, { mcpReq: { signal } }) => {
    const { value } = await pika.list({ ...asked, signal }).next()
    const { data, next_cursor } = value ?? { data: [], next_cursor: null }
    return answer({ videos: data.map(viewOf), next_cursor })
  })
  tool('cancel_video', z.strictObject({ id }), videoView, async ({ id }) => {
    const generation = await pika.cancel(id)
    return answer(viewOf(generation), nextOf(generation))
  })
  if (folder === undefined) return server
  tool('save_video', saveInput, saved, async ({ id, file_name: name = id }) => {
    const generation = await pika.get(id)
    if (!hasEnded(generation)) throw new PikaError('still_open', `it is ${generation.status}`)
    if (generation.status !== 'completed') throw endedWithout(generation)
    const path = `${folder}/${name.replace(/\.mp4$/i, '')}.mp4`
    const target = { path, folder, mayOverwrite: false }
    return answer(await saveVideo(generation, target, shell.signal))
  })
  return server
}
