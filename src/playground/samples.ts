/** The request as JSON and as code to copy. The code reads the key from the environment. */
import { MODEL } from '../contract/model.ts'

type Sample = (json: string, origin: string) => string

const SAMPLES = {
  JSON: (json) => json,
  curl: (json, origin) => `curl ${origin}/v1/generations \\
  -H "Authorization: Bearer $PIKA_EDGE_KEY" \\
  -H "Idempotency-Key: $(uuidgen)" \\
  -H "Content-Type: application/json" \\
  -d '${json.replaceAll("'", `'\\''`)}'`,
  TypeScript: (json, origin) => `import { createPikaClient } from 'pika-edge'

const pika = createPikaClient({
  baseUrl: '${origin}',
  apiKey: process.env.PIKA_EDGE_KEY!,
})
const { video, cost } = await pika.generate(${json})
console.log(video.url, cost.charged_usd)`,
  'fal client': (json, origin) => `import { fal } from '@fal-ai/client'

fal.config({
  proxyUrl: { url: '${origin}/fal/proxy', when: 'always' },
  credentials: process.env.PIKA_EDGE_KEY,
})
const { data } = await fal.subscribe('${MODEL}', {
  input: ${json.replaceAll('\n', '\n  ')},
})
console.log(data.video.url)`,
  Python: (json, origin) => `import json, os, urllib.request, uuid

request = json.loads(r"""${json}""")
answer = urllib.request.urlopen(urllib.request.Request(
    "${origin}/v1/generations",
    data=json.dumps(request).encode(),
    headers={
        "Authorization": "Bearer " + os.environ["PIKA_EDGE_KEY"],
        "Idempotency-Key": str(uuid.uuid4()),
        "Content-Type": "application/json",
        "Prefer": "wait=60",
    },
))
print(json.load(answer)["video"])`,
} satisfies Record<string, Sample>

export type Language = keyof typeof SAMPLES
/** Each language is its own label. */
export const LANGUAGES = Object.fromEntries(
  Object.keys(SAMPLES).map((name) => [name, name]),
) as Record<Language, string>

export const sampleOf = (language: Language, request: unknown, origin: string): string =>
  SAMPLES[language](JSON.stringify(request, null, 2), origin)
