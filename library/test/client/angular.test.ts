/** Angular's own `HttpClient` with the interceptor. */
import '@angular/compiler'
import { HttpClient, provideHttpClient, withFetch, withInterceptors } from '@angular/common/http'
import {
  createEnvironmentInjector,
  DOCUMENT,
  platformCore,
  provideZonelessChangeDetection,
  ɵINJECTOR_SCOPE as INJECTOR_SCOPE,
  type EnvironmentInjector,
} from '@angular/core'
import { firstValueFrom } from 'rxjs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createClient, type Client } from '../../src/client/header.ts'
import { sessionInterceptor } from '../../src/client/integrations/angular.ts'
import { Site } from './site.ts'

let site: Site
let client: Client
let http: HttpClient
beforeEach(async () => {
  site = await new Site().listen()
  client = createClient({ origin: site.origin, storage: 'memory' })
  await client.signIn({ name: 'ann' })
  const injector = createEnvironmentInjector(
    [
      { provide: INJECTOR_SCOPE, useValue: 'root' },
      provideZonelessChangeDetection(),
      provideHttpClient(withFetch(), withInterceptors([sessionInterceptor(client)])),
      { provide: DOCUMENT, useValue: { baseURI: site.origin } },
    ],
    platformCore().injector as EnvironmentInjector,
  )
  http = injector.get(HttpClient)
})
afterEach(() => {
  client.dispose()
  site.close()
})

const get = (path: string, origin = site.origin) => firstValueFrom(http.get(origin + path))

test('a request has the session; twenty with an expired token need one renewal', async () => {
  await get('/orders')
  site.expireAll()
  await Promise.all(Array.from({ length: 20 }, () => get('/orders')))
  expect(site.refreshes).toBe(1)
  expect(site.seen.filter(({ identity }) => identity === 'ann').length).toBe(21)
})

test('a body is sent again as it was', async () => {
  site.expireAll()
  await firstValueFrom(http.post(`${site.origin}/orders`, { id: 1 }))
  expect(site.seen.map(({ body, status }) => [body, status])).toEqual([
    ['{"id":1}', 401],
    ['{"id":1}', 200],
  ])
})

test('a 401 that new tokens cannot cure is passed on, after one request', async () => {
  await expect(get('/step-up')).rejects.toMatchObject({ status: 401 })
  expect([site.seen.length, site.refreshes]).toEqual([1, 0])
})

test('another origin gets no token, and its 401 causes no renewal', async () => {
  const other = await new Site().listen()
  await expect(get('/orders', other.origin)).rejects.toMatchObject({ status: 401 })
  expect(other.seen[0]!.headers.authorization).toBeUndefined()
  expect(site.refreshes).toBe(0)
  other.close()
})

test('the end of the session is the error', async () => {
  await site.end('ann', 'session_revoked')
  await expect(get('/orders')).rejects.toMatchObject({ name: 'SignedOut' })
})

test('a request with a token of its own is left as it is', async () => {
  const headers = { authorization: 'Bearer other' }
  await expect(
    firstValueFrom(http.get(`${site.origin}/orders`, { headers })),
  ).rejects.toMatchObject({ status: 401 })
  expect(site.seen.map((request) => request.headers.authorization)).toEqual(['Bearer other'])
  expect(site.refreshes).toBe(0)
})
