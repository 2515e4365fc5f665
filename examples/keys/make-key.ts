/** Prints a new private key: `node make-key.ts > 2026-11.json`. Keep the file secret. */
import { generateKeyPairSync } from 'node:crypto'

const { privateKey } = generateKeyPairSync('ed25519')
console.log(JSON.stringify({ ...privateKey.export({ format: 'jwk' }), alg: 'Ed25519' }))
