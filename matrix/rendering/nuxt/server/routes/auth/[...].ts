import { handleAuth } from '../../../../shared/auth.ts'

export default defineEventHandler((event) => handleAuth(toWebRequest(event)))
