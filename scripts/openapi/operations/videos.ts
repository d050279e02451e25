/** Videos, and links to them. */
import * as examples from '../examples.ts'
import { EXAMPLE_ID } from '../parameters.ts'
import type { Operation, Parameter } from '../types.ts'
import { ACCESS, BODY } from './problems.ts'

const query = (name: string, description: string, pattern: string): Parameter => ({
  name,
  in: 'query',
  required: name === 'sig',
  description,
  schema: { type: 'string', pattern },
})

const header = (name: string, description: string): Parameter => ({
  name,
  in: 'header',
  required: false,
  description,
  schema: { type: 'string' },
})

const bytes = {
  'video/mp4': { schema: { type: 'string', contentMediaType: 'video/mp4' } },
} as const

export const videoOperations: readonly Operation[] = [
  {
    method: 'post',
    path: '/v1/generations/{id}/share',
    id: 'shareGeneration',
    tag: 'Generations',
    summary: 'Share a video',
    description:
      'A link to the video that ends. It is signed and nothing is stored, so it cannot be taken back before that, but by deleting the generation.',
    access: 'generations:read',
    parameters: ['generationId', 'pikaAccount'],
    body: {
      schema: 'ShareRequest',
      examples: { hour: { summary: 'For an hour', value: { expires_in_seconds: 3600 } } },
    },
    answers: [
      {
        status: 200,
        description: 'The link.',
        content: {
          'application/json': {
            schema: 'Share',
            examples: { share: { summary: 'For an hour', value: examples.share } },
          },
        },
      },
    ],
    problems: [...ACCESS, ...BODY, 'not_found', 'no_video', 'generation_deleted'],
  },
  {
    method: 'get',
    path: '/videos/{account}/{file}',
    id: 'getVideo',
    tag: 'Generations',
    summary: 'Play a video',
    description:
      "The video of a generation, at the address that `video.url` or a share names: no key is needed, so a `<video>` element plays it and a link downloads it. It comes from the gateway's own archive, and until that has it from fal; there is never a redirect. Conditions and ranges are those of RFC 9110, with one range at a time.\n\nAn address ends with its generation, and with the signing key that made it: one that was replaced and is no longer listed among the previous ones opens nothing.",
    access: 'open',
    parameters: [
      {
        name: 'account',
        in: 'path',
        required: true,
        description: 'The id of an account.',
        schema: { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]{0,62}$' },
        example: 'default',
      },
      {
        name: 'file',
        in: 'path',
        required: true,
        description: 'The id of a generation, and `.mp4`.',
        schema: { type: 'string', pattern: '^gen_[0-9a-hjkmnp-tv-z]{26}\\.mp4$' },
        example: `${EXAMPLE_ID}.mp4`,
      },
      query('sig', 'The signature.', '^[\\w-]{22}$'),
      query('expires', 'Until when a shared link is good, in seconds since 1970.', '^\\d{10}$'),
      query('download', 'Whatever its value: to be saved as a file.', '^.*$'),
      header('Range', 'One range of bytes.'),
      header(
        'If-Range',
        'The `ETag` of the part that you have: if it is another file, all of it comes.',
      ),
      'ifNoneMatch',
    ],
    answers: [
      { status: 200, description: 'The video.', headers: ['ETag'], content: bytes },
      {
        status: 206,
        description: 'The part that was asked for.',
        headers: ['ETag'],
        content: bytes,
      },
      { status: 304, description: 'It is what you hold already.', headers: ['ETag'] },
    ],
    problems: [
      'not_found',
      'generation_deleted',
      'video_gone',
      'precondition_failed',
      'range_not_satisfiable',
      'internal_error',
      'video_unavailable',
      'not_configured',
      'unavailable',
    ],
  },
]
