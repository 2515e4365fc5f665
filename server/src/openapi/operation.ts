import type { ErrorCode } from 'latchkey'
import type { ServerCode } from '../errors.ts'
import type { SchemaName } from './schemas.ts'

type AnyCode = ErrorCode | ServerCode

/** The description of one route. */
export interface Operation {
  summary: string
  description?: string
  /** The credential that the route needs. */
  credential: 'none' | 'access token' | 'refresh token' | 'any token' | 'client'
  /** The body of the request. */
  request?: SchemaName
  /** True if the request must be a form. */
  formOnly?: boolean
  /** True if the request may have no body. */
  requestOptional?: boolean
  /** The response on success. */
  success: { status: number; schema?: SchemaName; type?: string }
  /** True if a form of a page gets a redirect. */
  form?: boolean
  /** True if the route reads the header `Refresh-Attempt`. */
  attempt?: boolean
  /** The error codes of the route, except `internal_error`, which every route may have. */
  errors: readonly AnyCode[]
}
