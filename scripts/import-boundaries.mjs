/** The staircase of imports: what each room of the library may see. A file that reaches further is named, and the check fails. */
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'

const ROOT = join(import.meta.dirname, '..')

const ADAPTERS = [
  'adapters/',
  'http/',
  'core/',
  'protocol.ts',
  'type node:http',
  'type node:http2',
  'type hono',
  'type fastify',
  '@nestjs/common',
]

/** Room → what it may import: paths inside `library/src`, and packages. A type-only import of a framework is allowed to its adapter. */
const WALLS = [
  ['library/src/protocol.ts', []],
  ['library/src/core/', ['core/', 'protocol.ts', 'node:crypto', 'node:buffer']],
  ['library/src/http/', ['http/', 'core/', 'protocol.ts']],
  ['library/src/remote/', ['remote/', 'core/']],
  // Express runs on Node, or on what does as Node does.
  ['library/src/adapters/express.ts', [...ADAPTERS, 'node:timers']],
  ['library/src/adapters/', ADAPTERS],
  ['library/src/flask/', ['flask/', 'http/', 'core/', 'protocol.ts', 'node:crypto']],
  ['library/src/stores/', ['stores/', 'core/store.ts', 'node:crypto', 'node:fs']],
  [
    'library/src/client/',
    ['client/', 'protocol.ts', 'react', 'vue', 'svelte', 'solid-js', 'type axios'],
  ],
  [
    'library/src/testing/',
    [
      'testing/',
      'http/',
      'core/',
      'stores/',
      'client/attempts.ts',
      'client/clock.ts',
      'protocol.ts',
      'node:',
    ],
  ],
  ['library/src/index.ts', ['http/', 'core/', 'protocol.ts']],
  [
    'server/src/',
    [
      'server',
      'latchkey',
      'hono',
      '@hono/node-server',
      '@node-rs/argon2',
      'pg',
      'ioredis',
      'node:',
    ],
  ],
]

const broken = []
for (const file of globSync(['library/src/**/*.ts', 'server/src/**/*.ts'], { cwd: ROOT }).map(
  (path) => path.replaceAll('\\', '/'),
)) {
  const wall = WALLS.find(([room]) => file.startsWith(room))
  if (wall === undefined) broken.push(`${file} stands in no room`)
  else
    for (const seen of importsOf(file))
      if (!wall[1].some((allowed) => fits(seen, allowed)))
        broken.push(`${file} must not import ${seen}`)
}
if (broken.length > 0) {
  console.error(broken.join('\n'))
  process.exitCode = 1
}

/** Imports of a file: `core/store.ts`, `node:crypto`, `type hono`. */
function importsOf(file) {
  const text = readFileSync(join(ROOT, file), 'utf8')
  return [
    ...text.matchAll(
      /^(?:import|export)\b(\s+type\b)?[^'"=(:]*?\bfrom\s+'([^']+)'|^import\s+'([^']+)'/gm,
    ),
  ].map(([, type, from, bare]) => {
    const target = from ?? bare
    if (!target.startsWith('.')) return `${type ? 'type ' : ''}${target}`
    const path = posix.join(dirname(file), target)
    return path.startsWith('library/src/') ? path.slice('library/src/'.length) : path
  })
}

function fits(seen, allowed) {
  if (allowed.startsWith('type ')) return seen === allowed
  const target = seen.replace(/^type /, '')
  if (allowed.endsWith('/') || allowed.endsWith(':')) return target.startsWith(allowed)
  return target === allowed || target.startsWith(`${allowed}/`)
}
