/** What is public of the emulator. */
export { DEFAULT_FAL_KEY, createEmulator } from './emulator.ts'
export type { Emulator, EmulatorOptions } from './emulator.ts'
export { ConnectionLost } from './connection.ts'
export { startEmulator } from './server.ts'
export type { EmulatorServer, LoopbackHost, ServerOptions } from './server.ts'
export type { JobTruth } from './truth.ts'
export { readVideo } from './videos.ts'
