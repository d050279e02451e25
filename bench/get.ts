/** GET of one generation, by credential and by answer, against a bare KV read. */
import { OPEN } from './account.ts'
import type { Bench } from './bench.ts'
import { compare, type Contender, send } from './load.ts'
import { startPeers } from './peers.ts'
import { ratio, type Result, summarise } from './results.ts'

const PEER = 'bare KV read'
/** The same after a limit, which the gateway checks for every key but its own. */
const LIMITED = 'bare KV read, limited'
const WITH_KEY = 'settled, API key'

export const get = async ({ gateway, emulator, rounds, signal }: Bench): Promise<Result[]> => {
  await using peers = await startPeers(emulator, ['bare Worker'])
  const { worker } = gateway
  await using account = await gateway.newAccount({ settled: 10 })
  const open = await account.post(OPEN)
  const settled = await account.post()
  await account.settled(settled.id)
  const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` })
  const contenders: Contender[] = []
  for (const [by, secretOf] of [
    ['API key', () => account.headers],
    ['ADMIN_KEY', () => ({ ...gateway.admin, 'pika-account': account.id })],
    ['client secret', (secret: string) => bearer(secret)],
  ] as const) {
    for (const [what, { id, client_secret }, status] of [
      ['settled', settled, 200],
      ['304', settled, 304],
      ['open', open, 200],
    ] as const) {
      const headers = {
        ...secretOf(client_secret),
        ...(status === 304 && { 'if-none-match': '*' }),
      }
      const asked = { path: `/v1/generations/${id}`, headers, status }
      contenders.push({ who: `${what}, ${by}`, worker, request: () => send(worker.url, asked) })
    }
  }
  for (const { worker } of peers.all) {
    const kept = await send(gateway.worker.url, {
      path: `/v1/generations/${settled.id}`,
      headers: account.headers,
    })
    await worker.putKv(settled.id, kept)
    for (const [who, query] of [
      [PEER, ''],
      [LIMITED, '?limited'],
    ] as const) {
      const request = () => send(worker.url, { path: `/${settled.id}${query}` })
      contenders.push({ who, worker, request })
    }
  }

  const results: Result[] = []
  for (const [concurrency, requests] of [
    [1, 60],
    [16, 160],
  ] as const) {
    const of = await compare(contenders, { rounds: rounds(6), requests, concurrency, signal })
    const figure = `GET, ${concurrency} at a time`
    for (const { who } of contenders) {
      const { perSecond, cpuMs } = of(who)
      results.push(summarise({ figure, who, unit: '/s', cpuMs }, perSecond))
    }
    for (const { who } of contenders.filter(({ worker }) => worker === gateway.worker)) {
      const target = who === WITH_KEY && { target: { was: '0.53', atLeast: 0.85 } }
      const about = { figure: `${figure}, against a bare KV read`, who, ...target }
      results.push(ratio(about, of(who).perSecond, of(PEER).perSecond))
    }
    const alike = { figure: `${figure}, against the same limit and a bare KV read`, who: WITH_KEY }
    results.push(ratio(alike, of(WITH_KEY).perSecond, of(LIMITED).perSecond))
  }
  return results
}
