export type { RoutesOptions } from '../http/routes/index.ts'
export { httpContract, type RunningApp, type HttpContract } from './http-contract.ts'
export { storeContract, type StoreContract, type StoreUnderTest } from './store-contract.ts'
