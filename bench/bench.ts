/** What every part of the bench receives. */
import type { RunningEmulator } from './emulator.ts'
import type { BenchGateway } from './gateway.ts'
import type { Result } from './results.ts'

export interface Bench {
  readonly gateway: BenchGateway
  readonly emulator: RunningEmulator
  /** How many rounds to run, given the usual number. */
  readonly rounds: (usual: number) => number
  readonly signal: AbortSignal
}

export type Part = (bench: Bench) => Promise<Result[]>
