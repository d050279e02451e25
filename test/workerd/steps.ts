/** Random histories, for the tests that play them: what may happen, how often, and its effect. */
import * as fc from 'fast-check'

/** One thing that happens; a failed history is printed with its name and what was drawn. */
export interface Step<World> {
  readonly name: string
  readonly given: unknown
  readonly take: (world: World) => unknown
}

/** Lists what may happen in a world: its weight, what is drawn for it, and what it does. */
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
