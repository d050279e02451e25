import { expect, test } from 'vitest'
import { faultsOf } from '../../src/contract/problem.ts'
import { generationRequest } from '../../src/contract/input.ts'
import {
  byField,
  type Draft,
  draftOf,
  EMPTY,
  readRecipe,
  requestOf,
  variationsOf,
  writeRecipe,
} from '../../src/playground/draft.ts'

const DRAFT: Draft = { ...EMPTY, prompt: 'A paper boat' }
const REQUEST = { prompt: 'A paper boat', aspect_ratio: '16:9', resolution: '720p', duration: 5 }

test.each<[string, Partial<Draft>, object]>([
  ['only what was chosen', {}, REQUEST],
  ['a seed of 0', { seed: ' 0 ' }, { ...REQUEST, seed: 0 }],
  ['no negative prompt that is only spaces', { negative_prompt: '  ' }, REQUEST],
  ['a negative prompt', { negative_prompt: 'fog' }, { ...REQUEST, negative_prompt: 'fog' }],
])('sends %s', (_name, change, request) => {
  expect(requestOf({ ...DRAFT, ...change })).toEqual(request)
  expect(generationRequest.safeParse(request)).toMatchObject({ success: true, data: request })
  expect(requestOf(draftOf(request))).toEqual(request)
})

test.each<[unknown, object]>([
  [requestOf({ ...DRAFT, prompt: ' ' }), { prompt: 'must not be empty' }],
  [requestOf({ ...DRAFT, seed: '1.5' }), { seed: 'must be an integer' }],
  [{ ...REQUEST, duration: 7 }, { duration: 'must be 5 or 10 (seconds)' }],
  [{ ...REQUEST, fps: 60 }, { fps: 'is not a field of this request' }],
  ['text', { '': 'must be a JSON object' }],
])('reports by field what is wrong with %j', (request, errors) => {
  expect(byField(faultsOf(generationRequest.safeParse(request).error))).toEqual(errors)
})

test('a recipe fills the form again, and never contains a key', () => {
  const draft: Draft = {
    prompt: 'Rain & neon, 50% fog\nat night',
    negative_prompt: 'text',
    seed: '0',
    aspect_ratio: '9:16',
    resolution: '1080p',
    duration: 10,
  }
  expect(readRecipe(writeRecipe(requestOf(draft)))).toEqual(draft)
  expect(readRecipe('prompt=x&key=pika_x_y')).toEqual({ ...EMPTY, prompt: 'x' })
})

test.each([
  ['a key alone', 'key=pika_x_y'],
  ['nothing', ''],
  ['a view', '/history'],
  ['a shape that does not exist', 'prompt=x&aspect_ratio=4:3'],
  ['a length that does not exist', 'prompt=x&duration=7'],
  ['an invalid seed', 'prompt=x&seed=many'],
])('does not take %s for a recipe', (_name, query) => {
  expect(readRecipe(query)).toBeUndefined()
})

test('variations differ only in their seed, and the first keeps the given one', () => {
  let next = 100
  const newSeed = () => next++
  const request = { prompt: 'x', seed: 7 }
  expect(variationsOf(request, 1, newSeed)).toEqual([request])
  expect(variationsOf(request, 4, newSeed).map(({ seed }) => seed)).toEqual([7, 100, 101, 102])
  expect(variationsOf({ prompt: 'x' }, 2, newSeed)).toEqual([
    { prompt: 'x', seed: 103 },
    { prompt: 'x', seed: 104 },
  ])
})
