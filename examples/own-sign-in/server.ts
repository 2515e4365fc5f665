/** A sign-in of your own: with a code by e-mail. */
import { randomInt } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import express from 'express'
import { createAuth, ERRORS } from 'latchkey'
import { bodyOf, getAuth, guard, routes, sendRefusal, signIn } from 'latchkey/express'
import { sqliteStore } from 'latchkey/stores/sqlite'
import { sendMail, takeCode, USERS, writeCode } from './codes.ts'

const store = sqliteStore(new DatabaseSync('sessions.db'))
store.migrate()
const auth = createAuth({ secret: process.env.SECRET, store })
const app = express()

app.post('/code', async (request, response) => {
  const body = await bodyOf(request)
  if (!body.ok) return sendRefusal(response, body)
  const email = String(body.value.email)
  const code = String(randomInt(100_000_000)).padStart(8, '0')
  if (USERS.has(email)) {
    writeCode(email, code)
    sendMail(email, code)
  }
  // The same response for an unknown address: it must not reveal who has an account.
  response.status(204).end()
})

app.post('/code/verify', async (request, response) => {
  const body = await bodyOf(request)
  if (!body.ok) return sendRefusal(response, body)
  const email = String(body.value.email)
  const checked = await auth.throttle.signIn({ account: email, address: request.ip }, () =>
    takeCode(email, body.value.code) ? email : null,
  )
  if (!checked.ok) return sendRefusal(response, checked)
  if (checked.value === null)
    return sendRefusal(response, { code: 'credentials_invalid', ...ERRORS.credentials_invalid })
  await signIn(auth, request, response, checked.value)
})

app.use(routes(auth))
app.get('/me', guard(auth), (request, response) => {
  response.json({ hello: getAuth(request).identity })
})

const server = app.listen(Number(process.env.PORT ?? 3000), () => {
  const { port } = server.address() as { port: number }
  console.log(`http://localhost:${port}`)
})
