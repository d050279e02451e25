/** What is public for anyone's own tests: a gateway, and fal's queue by itself. */
export * from '../emulator/index.ts'
export { startGateway } from './gateway.ts'
export type { GatewayOptions, TestGateway } from './gateway.ts'
