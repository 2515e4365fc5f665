export { httpContract, type HostedApp, type HttpContract } from './http-contract.ts'
