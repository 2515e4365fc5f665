/** Brings what the tests need beside npm packages, where this machine lets us. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { findChromium } from './chromium.mjs'
import { findFirefox, findWebKit } from './engines.mjs'
import { findFlask } from './flask.mjs'
import { findPyjwt } from './pyjwt.mjs'
import { findRedis } from './redis.mjs'

/** What there is no npm package for, and how Debian calls it. PostgreSQL comes with the npm packages. */
const COMPONENTS = [
  {
    name: 'Chromium',
    find: findChromium,
    packages: ['chromium', 'fonts-noto-cjk'],
    otherwise: 'Install it or set CHROMIUM_PATH; the browser suites will be skipped.',
  },
  {
    name: 'Firefox',
    find: findFirefox,
    packages: ['firefox-esr'],
    otherwise: 'Install it or set FIREFOX_PATH; the suites in Firefox will be skipped.',
  },
  {
    name: 'WebKit',
    find: findWebKit,
    packages: ['webkit2gtk-driver', 'xvfb'],
    otherwise: 'Install webkit2gtk-driver and xvfb; the suites in WebKit will be skipped.',
  },
  {
    name: 'Flask-JWT-Extended',
    find: findFlask,
    packages: ['python3-python-flask-jwt-extended'],
    otherwise:
      'Install python3-python-flask-jwt-extended; the suites that compare with it will be skipped.',
  },
  {
    name: 'Redis',
    find: findRedis,
    packages: ['redis-server'],
    otherwise: 'Install redis-server; the suites of its store will be skipped.',
  },
  {
    name: 'PyJWT',
    find: findPyjwt,
    packages: ['python3-jwt', 'python3-cryptography'],
    otherwise: 'Install python3-jwt and python3-cryptography; its tokens will not be tried.',
  },
]

/** Installs Debian's packages for root on a Debian machine that lacks them. Elsewhere the suites that need them are skipped, by name. */
export function bringComponents() {
  const missing = COMPONENTS.filter(({ find }) => find() === null)
  if (missing.length === 0) return
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    for (const { name, otherwise } of missing) console.warn(`latchkey: no ${name}. ${otherwise}`)
    return
  }
  console.log(`latchkey: installing ${missing.map(({ name }) => name).join(' and ')} for the tests`)
  // Debian starts a server that it has installed; the tests start their own.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  const packages = missing.flatMap(({ packages }) => packages)
  spawnSync('apt-get', ['-qq', 'update'], { stdio: 'inherit', env })
  spawnSync('apt-get', ['-qq', '-y', 'install', '--no-install-recommends', ...packages], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env,
  })
}
