/** Which methods and options exist. Checked by `tsc -p tsconfig.tests.json`, and never run. */
import { createAuth, type Auth, type AuthOptions, type SessionAuth, type TokenAuth } from 'latchkey'
import { fromFlask } from 'latchkey/flask'
import { guard, routes, sendTokens } from 'latchkey/express'
import { remoteKeys } from 'latchkey/remote-keys'
import { memoryStore } from 'latchkey/stores/memory'
import { expectType } from './expect-type.ts'

const secret = 'x'.repeat(32)
const store = memoryStore()
const tokenAuth = createAuth({ secret })
const sessionAuth = createAuth({ secret, store })
const flaskAuth = createAuth({ ...fromFlask({ JWT_SECRET_KEY: secret }), isRevoked: () => false })

// Without a store there are tokens, with one there are sessions.
expectType<string>()(tokenAuth.createAccessToken('ada'))
void sessionAuth.signIn('ada')
// @ts-expect-error signIn needs a store
void tokenAuth.signIn('ada')
// @ts-expect-error so do all methods of sessions
tokenAuth.createTicket('id')
// @ts-expect-error and metrics
tokenAuth.metrics()
// @ts-expect-error with a store, tokens come from signIn
void sessionAuth.createAccessToken('ada')
// @ts-expect-error and cookies from sendTokens
void sessionAuth.setAccessCookies('token')
// @ts-expect-error a dialect has no sessions
void flaskAuth.signIn('ada')
// @ts-expect-error the settings are private
void sessionAuth.settings

// Both have what guards and routes of an application's own need.
for (const auth of [tokenAuth, sessionAuth, flaskAuth] satisfies Auth[]) {
  guard(auth, { optional: true })
  auth.close()
  void auth.clearCookies()
  void auth.checkOrigin(new Request('https://app.example/'))
}
routes(sessionAuth)
// @ts-expect-error the routes are about sessions
routes(tokenAuth)
// @ts-expect-error and so are the tokens to send
sendTokens(flaskAuth, null!, null!)

// Options that may have a store make either kind.
const options: AuthOptions = { secret }
expectType<SessionAuth | TokenAuth>()(createAuth(options))

// A misspelt option is an error, at every level.
// @ts-expect-error sekret
createAuth({ sekret: secret })
// @ts-expect-error acessLifetime
createAuth({ secret, store, acessLifetime: 60 })
// @ts-expect-error cookies.domian
createAuth({ secret, store, cookies: { domian: 'app.example' } })
// @ts-expect-error cookies.names.acess
createAuth({ secret, store, cookies: { names: { acess: 'a' } } })
// @ts-expect-error csrf.headr
createAuth({ secret, store, csrf: { headr: 'x-csrf' } })
// @ts-expect-error header.sheme
createAuth({ secret, store, header: { sheme: null } })
// @ts-expect-error answers.token_exspired
createAuth({ secret, store, answers: { token_exspired: () => ({ status: 401 }) } })
const keys = remoteKeys('https://id.example/jwks.json')
createAuth({ secret, issuers: [{ issuer: 'a', audience: 'b', keys }] })
// @ts-expect-error issuers[0].audiance
createAuth({ secret, issuers: [{ issuer: 'a', audience: 'b', keys, audiance: 'b' }] })
// @ts-expect-error the value is wrong
createAuth({ secret, accessLifetime: '5 minutes' })
// @ts-expect-error isRevokt
createAuth({ ...fromFlask({ JWT_SECRET_KEY: secret }), isRevokt: () => false })
// @ts-expect-error a dialect has options of its own
createAuth({ ...fromFlask({ JWT_SECRET_KEY: secret }), accessLifetime: 60 })
// @ts-expect-error JWT_SECERT_KEY
fromFlask({ JWT_SECERT_KEY: secret })
// @ts-expect-error optinal
guard(sessionAuth, { optinal: true })

// What createAccessToken takes after fromFlask, and without it.
flaskAuth.createAccessToken('ada', { expiresIn: { days: 1 } })
flaskAuth.createAccessToken('ada', { expiresIn: false, fresh: new Date() })
flaskAuth.createRefreshToken('ada', { expiresIn: 60 })
// @ts-expect-error a word is no time
flaskAuth.createAccessToken('ada', { expiresIn: 'soon' })
// @ts-expect-error seconds only
tokenAuth.createAccessToken('ada', { expiresIn: { days: 1 } })
// @ts-expect-error a refresh token is never fresh
tokenAuth.createRefreshToken('ada', { fresh: true })

// After fromFlask, identities are any JSON value, and durations are spans.
void flaskAuth.createAccessToken(7, { expiresIn: { days: 1 }, fresh: { minutes: 5 } })
void flaskAuth.createAccessToken({ id: 7 }, { expiresIn: false })
void flaskAuth.createRefreshToken(null)
void createAuth({
  ...fromFlask({ JWT_SECRET_KEY: secret }),
  identity: (user: { id: number }) => user.id,
})
// @ts-expect-error a lifetime is not text
void flaskAuth.createAccessToken('ada', { expiresIn: 'soon' })
fromFlask({ JWT_SECRET_KEY: secret, JWT_DECODE_LEEWAY: { seconds: 10 }, DEBUG: true })
// @ts-expect-error a misspelt name
fromFlask({ JWT_SECRET_KEY: secret, JWT_ACESS_TOKEN_EXPIRES: 60 })
// @ts-expect-error a wrong value
fromFlask({ JWT_SECRET_KEY: secret, JWT_TOKEN_LOCATION: ['banana'] })
