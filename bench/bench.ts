/** What every part of the bench is given. */
import type { RunningEmulator } from './emulator.ts'
import type { BenchGateway } from './gateway.ts'
import type { Result } from './results.ts'

export interface Bench {
  readonly gateway: BenchGateway
  readonly emulator: RunningEmulator
  /** How many rounds to make where so many are usual. */
  readonly rounds: (usual: number) => number
  readonly signal: AbortSignal
}

export type Part = (bench: Bench) => Promise<Result[]>
