import type { HttpErrorResponse, HttpInterceptorFn } from '@angular/common/http'
import { catchError, from, switchMap } from 'rxjs'
import { mayHaveExpired } from '../internal/renewable-response.ts'
import type { State } from '../internal/state.ts'
import type { Client } from '../internal/types.ts'

export type { Client } from '../internal/types.ts'

type SessionHeaders = Record<string, string>

/**
 * An interceptor for Angular's `HttpClient`, in both modes: adds the session to requests for own
 * origins, renews the tokens in time, and repeats a request once if its token had expired. A
 * request that has the header already is left as it is.
 */
export const sessionInterceptor =
  (client: Client): HttpInterceptorFn =>
  (request, next) => {
    const send = (headers: SessionHeaders) =>
      next(
        request.clone({
          setHeaders: headers,
          // The cookies of an API on another host.
          withCredentials: request.withCredentials || 'latchkey-session' in headers,
        }),
      )
    return from(client.headers(request.urlWithParams)).pipe(
      switchMap((headers) => {
        const [name] = Object.keys(headers)
        if (!name || request.headers.has(name)) return next(request)
        const sentAs = client.state
        return send(headers).pipe(
          catchError((error: HttpErrorResponse) =>
            from(headersAfter(error, client, sentAs)).pipe(switchMap(send)),
          ),
        )
      }),
    )
  }

/** The headers for a repetition. Rejects with the error, if new tokens cannot help. */
async function headersAfter(
  error: HttpErrorResponse,
  client: Client,
  sentAs: State,
): Promise<SessionHeaders> {
  // A redirect may have led to another origin.
  const isOwn = error.url && Object.keys(await client.headers(error.url)).length > 0
  if (error.status !== 401 || !isOwn || !mayHaveExpired(error)) throw error
  // If other requests have led to new tokens meanwhile, no renewal is needed.
  if (client.state.generation === sentAs.generation) await client.renew('refused')
  // Not repeated under another session.
  if (client.state.sessionId !== sentAs.sessionId) throw error
  return client.headers(error.url)
}
