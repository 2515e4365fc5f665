export { sessionError } from 'latchkey/client/query'
