import { expect, test } from 'vitest'
import { explainUpload } from '../../scripts/deploy-account.ts'

test('an upload that meets the namespace of a lost Worker says which one to delete', () => {
  expect(explainUpload({ message: 'A request failed.', code: 10_014 }, false)).toBe(
    `nothing is deployed, and the keys made above are void:
A request failed. [code: 10014]
Delete the KV namespace pika-edge-requests, which an earlier deployment left behind.
Then run \`npm run deploy\` again.`,
  )
})
