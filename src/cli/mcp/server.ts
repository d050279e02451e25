/** The tools for an agent: what each takes, returns and may change. */
import { McpServer } from '@modelcontextprotocol/server'
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
import { answer, answering, nextOf, told, videoView, viewOf } from './answers.ts'

const INSTRUCTIONS = `Makes videos from text with Pika 2.2. Every video costs money: estimate_video \
says how much. generate_video returns at once; get_video with wait_seconds waits for the video. \
Calling generate_video again with the same input never pays twice: it returns the same video.`

/** A client gives up after 60 s, so no call lasts longer than this. */
const MAX_WAIT_SECONDS = 45

const id = z.string().check(z.startsWith('gen_', { error: 'is the id of a video, gen_…' }))
const byId = z.strictObject({ id })
const variation = z
  ._default(z.int().check(z.minimum(1), z.maximum(1000)), 1)
  .check(
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
  limit: z._default(z.int().check(z.minimum(1), z.maximum(50)), 10),
  cursor: z.optional(z.string()).check(z.describe('the next_cursor of the page before')),
})
const listed = z.object({ videos: z.array(videoView), next_cursor: z.nullable(z.string()) })
const waitSeconds = z
  ._default(z.int().check(z.minimum(0), z.maximum(MAX_WAIT_SECONDS)), 0)
  .check(z.describe('how long to wait for its end'))
const estimated = z.omit(estimateView, { input: true, object: true })
const fileName = z
  .string()
  .check(
    z.regex(/^[\p{L}\p{N}_][\p{L}\p{N}_ .-]{0,100}$/u, { error: 'must be a plain name' }),
    z.describe('the name of the file, without a folder; default: the id'),
  )

const READS = { readOnlyHint: true, openWorldHint: true }

/** @param folder where videos may be saved; if undefined, there is no `save_video` */
export const createMcpServer = (session: Session, folder: string | undefined): McpServer => {
  const { pika, shell } = session
  const server = new McpServer(
    { name: 'pika-edge', title: 'pika-edge', version: manifest.version },
    { instructions: INSTRUCTIONS },
  )

  server.registerTool(
    'estimate_video',
    {
      title: 'Estimate a video',
      description: 'What a video would cost, and whether the budget covers it. Free.',
      inputSchema: told(modelInput),
      outputSchema: told(estimated),
      annotations: READS,
    },
    answering(async (input) => {
      const { model, cost, admissible, limits, open } = await pika.estimate(input)
      return answer({ model, cost, admissible, limits, open })
    }),
  )

  server.registerTool(
    'generate_video',
    {
      title: 'Generate a video',
      description:
        'Requests a video of 5 or 10 seconds, which costs money, and returns before it is made. ' +
        'The same input again gives the same video and costs nothing more.',
      inputSchema: told(generateInput),
      outputSchema: told(generated),
      annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true },
    },
    answering(async ({ variation, ...input }) => {
      const { generation, replayed } = await generateOnce(session, input, variation)
      const another =
        input.seed === undefined
          ? `For another video of the same input, which is paid too: variation ${variation + 1}.`
          : 'For another video, change the seed or leave it out.'
      const since = generation.created_at
      const note = replayed
        ? `Nothing new was made: it was already requested at ${since}. ${another}`
        : ''
      return answer({ ...viewOf(generation), replayed, since }, note, nextOf(generation))
    }),
  )

  server.registerTool(
    'get_video',
    {
      title: 'Get a video',
      description: "A video's status, and its URL once it is made.",
      inputSchema: told(z.strictObject({ id, wait_seconds: waitSeconds })),
      outputSchema: told(videoView),
      annotations: READS,
    },
    answering(async ({ id, wait_seconds: seconds }, { mcpReq: { signal } }) => {
      if (seconds > 0) {
        await pika.waitFor(id, { timeoutMs: seconds * 1000, signal }).catch((error: unknown) => {
          if (!(error instanceof PikaError) || error.code !== 'timeout') throw error
        })
      }
      const generation = await pika.get(id, { signal })
      return answer(viewOf(generation), nextOf(generation))
    }),
  )

  server.registerTool(
    'list_videos',
    {
      title: 'List videos',
      description: 'The videos of this account, the newest first.',
      inputSchema: told(listInput),
      outputSchema: told(listed),
      annotations: READS,
    },
    answering(async (asked, { mcpReq: { signal } }) => {
      for await (const { data, next_cursor } of pika.list({ ...asked, signal })) {
        return answer({ videos: data.map(viewOf), next_cursor })
      }
      return answer({ videos: [], next_cursor: null })
    }),
  )

  server.registerTool(
    'cancel_video',
    {
      title: 'Cancel a video',
      description:
        'Asks fal to cancel a video. One that has begun may still finish, and costs money.',
      inputSchema: told(byId),
      outputSchema: told(videoView),
      annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true },
    },
    answering(async ({ id }) => {
      const generation = await pika.cancel(id)
      return answer(viewOf(generation), nextOf(generation))
    }),
  )

  if (folder === undefined) return server
  server.registerTool(
    'save_video',
    {
      title: 'Save a video',
      description: `Saves a completed video as an MP4 in ${folder}. It replaces no file.`,
      inputSchema: told(z.strictObject({ id, file_name: z.optional(fileName) })),
      outputSchema: told(z.object({ path: z.string(), bytes: z.int() })),
      annotations: { readOnlyHint: false, destructiveHint: false, openWorldHint: true },
    },
    answering(async ({ id, file_name: name = id }) => {
      const generation = await pika.get(id)
      if (!hasEnded(generation)) throw new PikaError('still_open', `it is ${generation.status}`)
      if (generation.status !== 'completed') throw endedWithout(generation)
      const path = `${folder}/${name.replace(/\.mp4$/i, '')}.mp4`
      const target = { path, folder, mayOverwrite: false }
      return answer({ ...(await saveVideo(generation, target, shell.signal)) })
    }),
  )
  return server
}
