/** The public exports for tests: a gateway, and fal's queue alone. */
export * from '../emulator/index.ts'
export { startGateway } from './gateway.ts'
export type { GatewayOptions, TestGateway } from './gateway.ts'
