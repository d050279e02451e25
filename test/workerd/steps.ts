/** Random histories, for the tests that play them: what may happen, how often, and what is done then. */
import * as fc from 'fast-check'

/** One thing that happens; what is printed of a history that failed tells it by name. */
export interface Step<World> {
  readonly name: string
  readonly given: unknown
  readonly take: (world: World) => unknown
}

/** What may happen in a world: its weight, what is drawn for it, and what it does. */
export const stepsOf = <World>() => {
  const weighted: fc.WeightedArbitrary<Step<World>>[] = []
  const may = <Given>(
    name: string,
    weight: number,
    given: { [Name in keyof Given]: fc.Arbitrary<Given[Name]> },
    take: (world: World, given: Given) => unknown,
  ) => {
    const arbitrary = fc.record(given).map((drawn) => ({
      name,
      given: drawn,
      take: (world: World) => take(world, drawn),
    }))
    weighted.push({ weight, arbitrary })
    return steps
  }
  const steps = { may, any: () => fc.oneof(...weighted) }
  return steps
}
