/** The SQL of a POST, and the rows of a generation's whole life: exact on any machine. */
import { OPEN, sum } from './account.ts'
import type { Bench } from './bench.ts'
import type { Result, Target } from './results.ts'
import type { Metered } from './worker/control.ts'

const SETTLED = 200

export const counts = async ({ gateway }: Bench): Promise<Result[]> => {
  const results: Result[] = []
  for (const open of [10, 1000]) {
    await using account = await gateway.newAccount({ open, settled: SETTLED })
    await account.post(OPEN)
    const metered = await account.metered(() => account.post(OPEN))
    const who = `${open.toLocaleString('en')} open`
    const { statements, rowsRead } = sum(metered)
    const [mostRead, mostRun] = [
      { was: open === 10 ? '638' : '3,326', atMost: 60 },
      { was: '94', atMost: 30 },
    ]
    results.push(exact('Rows read by a POST', who, rowsRead, mostRead))
    results.push({ ...exact('Statements of a POST', who, statements, mostRun), unit: 'statements' })
    results.push(...byPurpose(`A POST with ${who}`, metered))
  }
  await using account = await gateway.newAccount({ settled: 1 })
  const life = await account.metered(async () => {
    const { id } = await account.post()
    await account.settled(id)
  })
  const figure = 'Rows written for one unwatched generation'
  // 25 of its own, and one for each of its three events in the account's log.
  results.push(exact(figure, 'its whole life', sum(life).rowsWritten, { was: '49', atMost: 28 }))
  return [...results, ...byPurpose('The whole life of one unwatched generation', life)]
}

const exact = (figure: string, who: string, count: number, target: Target): Result => ({
  figure,
  who,
  unit: 'rows',
  median: count,
  low: count,
  high: count,
  rounds: 1,
  target,
})

/** The same counts, by the table of each statement. */
const byPurpose = (figure: string, metered: readonly Metered[]): Result[] =>
  [...Map.groupBy(metered, ({ query }) => tableOf(query))]
    .map(([who, group]) => ({ who, counts: sum(group) }))
    .toSorted((a, b) => b.counts.statements - a.counts.statements)
    .map(({ who, counts }) => {
      const { statements } = counts
      const about = { figure, who, unit: 'statements', counts, rounds: 1 }
      return { ...about, median: statements, low: statements, high: statements }
    })

const tableOf = (query: string): string => {
  const table = /\b(?:INTO|UPDATE|FROM) (?:OR \w+ )?(\w+)/.exec(query)?.[1]
  return table ?? query.toLowerCase()
}
