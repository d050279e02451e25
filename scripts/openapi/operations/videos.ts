/** Videos, and links to them. */
import * as examples from '../examples.ts'
import { optional } from '../parameters.ts'
import type { Operations } from '../types.ts'
import { json, NOT_MODIFIED } from './answers.ts'

const content = {
  'video/mp4': { schema: { type: 'string', contentMediaType: 'video/mp4' } },
} as const
const headers = ['ETag'] as const

export const videoOperations: Operations = {
  'post /v1/generations/{id}/share': {
    id: 'shareGeneration',
    summary: 'Share a video',
    description:
      'Makes a link to the video that expires. The link is signed and not stored, so only deleting the generation revokes it earlier.',
    access: 'generations:read',
    body: { schema: 'ShareRequest', examples: { 'For an hour': { expires_in_seconds: 3600 } } },
    answers: [json(200, 'The link.', 'Share', { 'For an hour': examples.share })],
    problems: ['no_video', 'generation_deleted'],
  },
  'get /videos/{account}/{file}': {
    id: 'getVideo',
    summary: 'Play a video',
    description:
      "The video of a generation, at the address in `video.url` or a share. No key is needed, so a `<video>` element plays it and a link downloads it. It comes from the gateway's own archive, or from fal until it is archived; there is never a redirect. Conditions and ranges are those of RFC 9110, with one range at a time.\n\nAn address ends with its generation, and with the signing key that made it: once that key is replaced and no longer listed among the previous ones, the address stops working.",
    access: 'open',
    parameters: [
      {
        ...optional('query', 'sig', 'The signature.', { pattern: '^[\\w-]{22}$' }),
        required: true,
      },
      optional('query', 'expires', 'When a shared link expires, in seconds since 1970.', {
        pattern: '^\\d{10}$',
      }),
      optional('query', 'download', 'With any value: the browser saves the video as a file.', {
        pattern: '^.*$',
      }),
      optional('header', 'Range', 'One range of bytes.'),
      optional(
        'header',
        'If-Range',
        'The `ETag` of the part that you have. If the file is another one, all of it comes.',
      ),
      'ifNoneMatch',
    ],
    answers: [
      { status: 200, description: 'The video.', headers, content },
      { status: 206, description: 'The requested part.', headers, content },
      { status: 304, description: NOT_MODIFIED, headers },
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
}
