import { peerWith } from './axios-auth-refresh.ts'

export const peer = peerWith({ deduplicateRefresh: false })
