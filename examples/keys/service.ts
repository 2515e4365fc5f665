/**
 * A service that issues no tokens. It accepts those of the issuer, whose public keys it fetches
 * from the URL in the environment variable JWKS.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAuth } from 'latchkey'
import { getAuth, guard } from 'latchkey/node'
import { remoteKeys } from 'latchkey/remote-keys'

const JWKS = process.env.JWKS ?? 'http://localhost:4000/.well-known/jwks.json'

const auth = createAuth({
  issuers: [
    {
      issuer: 'https://id.example',
      audience: 'shop',
      keys: remoteKeys(JWKS, { dangerouslyInsecureLoopback: true }),
    },
  ],
  onEvent: (event) => console.error(event.type),
})
const check = guard(auth)

const server = createServer(async (request, response) => {
  if (await check(request, response))
    response.end(JSON.stringify({ hello: getAuth(request).identity }))
})
server.listen(Number(process.env.PORT ?? 5000), () =>
  console.log(`http://localhost:${(server.address() as AddressInfo).port}`),
)
