import { expect, test } from 'vitest'
import { generationRequest, modelInput } from '../../src/contract/input.ts'

const VALID = { prompt: 'A paper boat' }
const NORMAL = { prompt: 'A paper boat', aspect_ratio: '16:9', resolution: '720p', duration: 5 }

/** Every wrong field, with the reason. */
const wrong = (body: unknown): Record<string, string> => {
  const parsed = generationRequest.safeParse(body)
  const issues = parsed.success ? [] : parsed.error.issues
  return Object.fromEntries(
    issues.flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => [[...issue.path, key].join('.'), 'unknown'])
        : [[issue.path.join('.'), issue.message]],
    ),
  )
}

test('accepts the documented input as it is written', () => {
  const example = {
    prompt: 'Sunlight glints off a chrome surfboard as a wave curls over it',
    negative_prompt: 'ugly, bad, terrible',
    aspect_ratio: '16:9',
    resolution: '1080p',
    duration: 5,
    seed: 42,
  }
  expect(modelInput.parse(example)).toEqual(example)
  expect(generationRequest.parse(example)).toEqual(example)
})

test('an input needs only a prompt; the rest has defaults, except seed and negative prompt', () => {
  expect(modelInput.parse(VALID)).toStrictEqual(NORMAL)
})

test.each<[string, readonly unknown[]]>([
  ['prompt', ['  Ein Boot 🚤\n in 東京 \u0000 ']],
  ['aspect_ratio', ['16:9', '9:16', '1:1', '4:5', '5:4', '3:2', '2:3']],
  ['resolution', ['720p', '1080p']],
  ['duration', [5, 10]],
  ['seed', [0, 1, -1, 2 ** 31, Number.MAX_SAFE_INTEGER]],
  ['negative_prompt', ['', ' ', 'blurry']],
])('the %s may be any of %j, and is kept unchanged', (name, values) => {
  for (const value of values) {
    const parsed = modelInput.parse({ ...VALID, [name]: value })
    expect(parsed).toEqual({ ...NORMAL, [name]: value })
  }
})

test.each(['5', '10'])('the duration may be %j, and goes to fal as an integer', (text) => {
  const duration = Number(text)
  expect(modelInput.parse({ ...VALID, duration: text })).toEqual({ ...NORMAL, duration })
})

test.each<[string, readonly unknown[], string]>([
  [
    'duration',
    [0, 1, 7, 15, -5, 5.5, '7', '5s', '05', '5.0', ' 5', '', true, null, [5]],
    'must be 5 or 10 (seconds)',
  ],
  ['seed', [1.5, '1', '', null, true, 2 ** 60, Number.NaN], expect.any(String)],
  ['negative_prompt', [null, 7, ['blurry']], 'must be a string'],
  ['prompt', ['', ' ', '\n\t', '\u00a0\u3000'], 'must not be empty'],
  ['prompt', [undefined, null, 7, true, ['a'], {}], 'must be a string'],
  ['aspect_ratio', ['', null], expect.any(String)],
  ['resolution', ['720P', 720, null], expect.any(String)],
  ...['num_frames', 'Prompt', 'image_url', 'promt', 'constructor'].map(
    (name): [string, string[], string] => [name, ['x'], 'unknown'],
  ),
])('%s cannot be any of %j: %s', (name, values, words) => {
  for (const value of values) {
    expect(wrong({ ...VALID, [name]: value })).toEqual({ [name]: words })
  }
})

test('reports every wrong field, not only the first', () => {
  const body = {
    prompt: ' ',
    negative_prompt: 7,
    seed: 1.5,
    aspect_ratio: '16x9',
    resolution: '4k',
    duration: 7,
    metadata: { shot: 12 },
    style: 'noir',
  }
  expect(wrong(body)).toEqual({
    prompt: 'must not be empty',
    negative_prompt: 'must be a string',
    seed: 'must be an integer',
    aspect_ratio: 'must be one of "16:9", "9:16", "1:1", "4:5", "5:4", "3:2", "2:3"',
    resolution: 'must be one of "720p", "1080p"',
    duration: 'must be 5 or 10 (seconds)',
    'metadata.shot': 'values must be strings',
    style: 'unknown',
  })
})

test('ignores a field that reaches for the prototype', () => {
  const body: unknown = JSON.parse('{"prompt":"A paper boat","__proto__":{"seed":1}}')
  const parsed = generationRequest.safeParse(body)
  expect(parsed.data ?? {}).not.toHaveProperty('seed')
})

test.each([[null], ['a prompt'], [7], [['a prompt']], [undefined]])('%j is not input', (body) => {
  expect(wrong(body)).toEqual({ '': 'must be a JSON object' })
})

const pairs = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`key${index}`, 'x']))

test.each([
  ['none', {}],
  ['one pair', { shot: '12' }],
  ['sixteen pairs', pairs(16)],
  ['an empty value', { shot: '' }],
  ['the longest key', { ['k'.repeat(64)]: 'x' }],
  ['the longest value', { shot: 'x'.repeat(512) }],
])('accepts metadata: %s', (_, metadata) => {
  expect(generationRequest.parse({ ...VALID, metadata })).toEqual({ ...NORMAL, metadata })
})

test.each([
  ['seventeen pairs', pairs(17), 'metadata'],
  ['an empty key', { '': 'x' }, 'metadata.'],
  ['a key too long', { ['k'.repeat(65)]: 'x' }, `metadata.${'k'.repeat(65)}`],
  ['a value too long', { shot: 'x'.repeat(513) }, 'metadata.shot'],
  ['a key that every object has', JSON.parse('{ "__proto__": "x" }'), 'metadata.__proto__'],
  ['a number as a value', { shot: 12 }, 'metadata.shot'],
  ['a null value', { shot: null }, 'metadata.shot'],
  ['an object as a value', { shot: {} }, 'metadata.shot'],
  ['a list', ['x'], 'metadata'],
  ['a string', 'x', 'metadata'],
  ['null', null, 'metadata'],
])('refuses metadata: %s', (_, metadata, path) => {
  expect(Object.keys(wrong({ ...VALID, metadata }))).toEqual([path])
})

test('metadata belongs to a request, and never goes to fal', () => {
  expect(modelInput.safeParse({ ...VALID, metadata: {} }).success).toBe(false)
})
