import { scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

/** Somebody who may sign in: in an application, a row of its own table. Every token that says who this is says it from here. */
export interface Person {
  username: string
  age: string
  /** scrypt of the password, and its salt: a copy of the table opens nothing. */
  hash: string
  salt: string
}

/** By the name that is typed in. The password of `test` is `test`. */
const PEOPLE: ReadonlyMap<string, Person> = new Map([
  [
    'test',
    {
      username: 'liuyong',
      age: '24',
      hash: 'FV-iohV8_vQVxPgPPYLrcrhlaKCTlTAIHAhX-yHIpFM',
      salt: 'AKF2tZD0PUj3Wb-HJxTfew',
    },
  ],
])

const derive = promisify(scrypt) as (
  password: string,
  salt: string,
  bytes: number,
) => Promise<Buffer>

/** Whose name and password these are; null for a wrong password and for nobody alike. */
export async function findPerson(name: unknown, password: unknown): Promise<Person | null> {
  if (typeof name !== 'string' || typeof password !== 'string') return null
  const person = PEOPLE.get(name)
  // A name that nobody has takes as long as a wrong password, so that the time does not tell who exists.
  const given = await derive(password, person?.salt ?? '', 32)
  return person && timingSafeEqual(given, Buffer.from(person.hash, 'base64url')) ? person : null
}
