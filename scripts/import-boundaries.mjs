/**
 * Checks which folder may import which, and that no imports form a cycle, type-only imports
 * included. Prints each offending file and exits with 1 if there is one.
 */
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'

const ROOT = join(import.meta.dirname, '..')

/** What an adapter may import. Frameworks are mentioned as types only. */
const ADAPTERS = [
  'adapters/',
  'http/',
  'core/',
  'protocol.ts',
  'type node:http',
  'type node:http2',
  'type node:stream',
  'type hono',
  'type fastify',
  '@nestjs/common',
]

/**
 * Folder or file, and what it may import: paths inside `library/src`, paths from the root of the
 * repository, and packages.
 * `type x` allows a type-only import of x. The first row that matches a file applies.
 */
const RULES = [
  ['library/src/protocol.ts', []],
  ['library/src/core/', ['core/', 'protocol.ts', 'node:crypto', 'node:buffer']],
  ['library/src/http/', ['http/', 'core/', 'protocol.ts']],
  ['library/src/remote/', ['remote/', 'core/']],
  // Express runs on Node or on a runtime that is compatible with it.
  ['library/src/adapters/express.ts', [...ADAPTERS, 'node:timers']],
  ['library/src/adapters/', ADAPTERS],
  ['library/src/flask/', ['flask/', 'http/', 'core/', 'protocol.ts', 'node:crypto']],
  [
    'library/src/stores/',
    ['stores/', 'core/store.ts', 'core/tries.ts', 'core/setup-error.ts', 'node:crypto'],
  ],
  [
    'library/src/client/',
    [
      'client/',
      'protocol.ts',
      'react',
      'vue',
      'svelte',
      'solid-js',
      'rxjs',
      'type axios',
      'type @angular/common/http',
    ],
  ],
  ['library/src/node-client/', ['node-client/', 'client/', 'node:']],
  ['library/src/testing/', ['testing/', 'http/', 'core/', 'stores/', 'protocol.ts', 'node:']],
  ['library/src/index.ts', ['http/', 'core/', 'protocol.ts']],
  ['storm/src/', ['storm/src/', 'latchkey']],
  // The browser bundle of the server: what it shares with the pages, and types of the domain.
  [
    'server/web/src/',
    [
      'server/web/src/',
      'server/src/shared/',
      'type server/src/sessions/event-types.ts',
      'latchkey',
    ],
  ],
  // From the bottom up: texts, pages, domain, databases, HTTP, command.
  [
    'server/src/shared/',
    ['server/src/shared/', 'type server/src/sessions/event-types.ts', 'latchkey/protocol'],
  ],
  [
    'server/src/pages/',
    [
      'server/src/pages/',
      'server/src/shared/',
      'type server/src/sessions/event-types.ts',
      'latchkey/protocol',
      'hono/html',
      'type hono/utils/html',
    ],
  ],
  [
    'server/src/sessions/',
    ['server/src/sessions/', 'server/src/log.ts', 'server/src/awaitable.ts', 'latchkey'],
  ],
  [
    'server/src/accounts/',
    [
      'server/src/accounts/',
      'server/src/errors.ts',
      'server/src/bounded-queue.ts',
      'type server/src/sessions/account-events.ts',
      'type server/src/log.ts',
      'type server/src/awaitable.ts',
      'latchkey',
      '@node-rs/argon2',
      '@node-rs/bcrypt',
      '@zxcvbn-ts/language-common',
      'unicode-confusables',
      'node:',
    ],
  ],
  [
    'server/src/data/',
    [
      'server/src/data/',
      'server/src/accounts/',
      'server/src/sessions/audit.ts',
      'server/src/keys.ts',
      'server/src/start-error.ts',
      'type server/src/awaitable.ts',
      'type server/src/cli/settings.ts',
      'latchkey',
      'pg',
      'ioredis',
      'node:',
    ],
  ],
  [
    'server/src/openapi/',
    ['server/src/openapi/', 'server/src/errors.ts', 'server/src/version.ts', 'latchkey'],
  ],
  [
    'server/src/http/',
    [
      'server/src/http/',
      'server/src/accounts/',
      'server/src/sessions/',
      'server/src/pages/',
      'server/src/shared/',
      'server/src/openapi/',
      'server/src/data/database-error.ts',
      'server/src/errors.ts',
      'server/src/log.ts',
      'server/src/metrics.ts',
      'type server/src/cli/setting-kinds.ts',
      'type server/src/services.ts',
      'latchkey',
      'hono',
      '@hono/node-server',
      'node:',
    ],
  ],
  [
    'server/src/cli/config.ts',
    [
      'server/src/cli/settings.ts',
      'server/src/cli/setting-kinds.ts',
      'server/src/private-files.ts',
      'server/src/start-error.ts',
      'node:',
    ],
  ],
  ['server/src/cli/settings.ts', ['server/src/cli/setting-kinds.ts']],
  ['server/src/cli/setting-kinds.ts', []],
  // The command starts the server, so it sees everything except the pages.
  [
    'server/src/cli/',
    [
      'server/src/cli/',
      'server/src/accounts/',
      'server/src/sessions/',
      'server/src/data/',
      'server/src/doctor/',
      'server/src/http/',
      'server/src/shared/',
      'server/src/build-services.ts',
      'server/src/errors.ts',
      'server/src/key-file.ts',
      'server/src/key-rotation.ts',
      'server/src/keys.ts',
      'server/src/log.ts',
      'server/src/report-process.ts',
      'server/src/start-error.ts',
      'server/src/version.ts',
      'type server/src/services.ts',
      'latchkey',
      '@hono/node-server',
      'node:',
    ],
  ],
  [
    'server/src/doctor/',
    [
      'server/src/doctor/',
      'server/src/key-rotation.ts',
      'server/src/start-error.ts',
      'type server/src/cli/settings.ts',
      'type server/src/key-file.ts',
      'type server/src/sessions/audit.ts',
      'node:',
    ],
  ],
  ['server/src/errors.ts', ['type server/src/shared/locales/index.ts', 'latchkey']],
  ['server/src/log.ts', ['type server/src/cli/settings.ts']],
  ['server/src/private-files.ts', ['server/src/start-error.ts', 'node:']],
  [
    'server/src/keys.ts',
    [
      'type server/src/cli/settings.ts',
      'server/src/key-file.ts',
      'server/src/private-files.ts',
      'server/src/start-error.ts',
      'node:',
    ],
  ],
  ['server/src/key-file.ts', ['server/src/private-files.ts', 'server/src/start-error.ts', 'node:']],
  ['server/src/', ['server', 'latchkey', 'node:']],
]

const sources = globSync(
  ['library/src/**/*.ts', 'server/src/**/*.ts', 'server/web/src/**/*.ts', 'storm/src/**/*.ts'],
  { cwd: ROOT },
).map((path) => path.replaceAll('\\', '/'))
const imports = new Map(sources.map((file) => [file, importsOf(file)]))

const problems = [...sources.flatMap(forbiddenImports), ...cycles().map(describeCycle)]
if (problems.length > 0) {
  console.error(problems.join('\n'))
  process.exitCode = 1
}

function forbiddenImports(file) {
  const rule = RULES.find(([folder]) => file.startsWith(folder))
  if (rule === undefined)
    return [`${file}: no rule in scripts/import-boundaries.mjs covers this file`]
  return imports
    .get(file)
    .map(({ type, target }) => `${type ? 'type ' : ''}${shortName(target)}`)
    .filter((name) => !rule[1].some((allowed) => isAllowed(name, allowed)))
    .map((name) => `${file} must not import ${name}`)
}

/** The imports of a file: paths from the root of the repository, and names of packages. */
function importsOf(file) {
  const text = readFileSync(join(ROOT, file), 'utf8')
  const found = text.matchAll(
    /^(?:import|export)\b(\s+type\b)?[^'"=(:]*?\bfrom\s+'([^']+)'|^import\s+'([^']+)'/gm,
  )
  return [...found].map(([, type, from, sideEffect]) => {
    const specifier = from ?? sideEffect
    const target = specifier.startsWith('.') ? posix.join(dirname(file), specifier) : specifier
    return { type: type !== undefined, target }
  })
}

function shortName(target) {
  return target.startsWith('library/src/') ? target.slice('library/src/'.length) : target
}

function isAllowed(name, allowed) {
  if (allowed.startsWith('type ')) return name === allowed
  const target = name.replace(/^type /, '')
  if (allowed.endsWith('/') || allowed.endsWith(':')) return target.startsWith(allowed)
  return target === allowed || target.startsWith(`${allowed}/`)
}

/**
 * Groups of files that import one another: the strongly connected components of the graph (Tarjan).
 */
function cycles() {
  const index = new Map()
  const low = new Map()
  const stack = []
  const groups = []
  function visit(file) {
    index.set(file, index.size)
    low.set(file, index.get(file))
    stack.push(file)
    for (const { target } of imports.get(file)) {
      if (!imports.has(target)) continue
      if (!index.has(target)) visit(target)
      if (stack.includes(target)) low.set(file, Math.min(low.get(file), low.get(target)))
    }
    if (low.get(file) !== index.get(file)) return
    const group = stack.splice(stack.indexOf(file))
    if (group.length > 1) groups.push(group)
  }
  for (const file of imports.keys()) if (!index.has(file)) visit(file)
  return groups
}

function describeCycle(files) {
  return `these files import one another: ${files.toSorted().join(', ')}`
}
