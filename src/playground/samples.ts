/** The request as JSON and as code to copy. The code reads the key from the environment. */
import { MODEL } from '../contract/model.ts'

export const LANGUAGES = ['JSON', 'curl', 'TypeScript', 'fal client', 'Python'] as const
export type Language = (typeof LANGUAGES)[number]

export const sampleOf = (language: Language, request: unknown, origin: string): string => {
  const json = JSON.stringify(request, null, 2)
  switch (language) {
    case 'JSON':
      return json
    case 'curl':
      return `curl ${origin}/v1/generations \\
  -H "Authorization: Bearer $PIKA_EDGE_API_KEY" \\
  -H "Idempotency-Key: $(uuidgen)" \\
  -H "Content-Type: application/json" \\
  -d ${quoteForShell(json)}`
    case 'TypeScript':
      return `import { createPikaClient } from 'pika-edge'

const pika = createPikaClient({
  baseUrl: '${origin}',
  apiKey: process.env.PIKA_EDGE_API_KEY!,
})
const { video, cost } = await pika.generate(${json})
console.log(video.url, cost.charged_usd)`
    case 'fal client':
      return `import { fal } from '@fal-ai/client'

fal.config({
  proxyUrl: { url: '${origin}/fal/proxy', when: 'always' },
  credentials: process.env.PIKA_EDGE_API_KEY,
})
const { data } = await fal.subscribe('${MODEL}', {
  input: ${indent(json, 2)},
})
console.log(data.video.url)`
    case 'Python':
      return `import json, os, urllib.request, uuid

request = json.loads(r"""${json}""")
answer = urllib.request.urlopen(urllib.request.Request(
    "${origin}/v1/generations",
    data=json.dumps(request).encode(),
    headers={
        "Authorization": "Bearer " + os.environ["PIKA_EDGE_API_KEY"],
        "Idempotency-Key": str(uuid.uuid4()),
        "Content-Type": "application/json",
        "Prefer": "wait=60",
    },
))
print(json.load(answer)["video"])`
  }
}

const quoteForShell = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

const indent = (text: string, spaces: number): string =>
  text.replaceAll('\n', `\n${' '.repeat(spaces)}`)
