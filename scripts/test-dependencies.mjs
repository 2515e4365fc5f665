/** What the tests need in addition to npm packages, and how to get it. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { findFirefox, findWebKit } from './browsers.mjs'
import { findChromium } from './chromium.mjs'
import { findFlask } from './flask.mjs'
import { findPgbouncer } from './pgbouncer.mjs'
import { findCaddy, findNginx } from './proxies.mjs'
import { findPyjwt } from './pyjwt.mjs'
import { findRedis } from './redis.mjs'
import { findSystemdAnalyze } from './systemd.mjs'

/** Programs without an npm package, and their Debian packages. PostgreSQL comes from npm. */
const DEPENDENCIES = [
  { name: 'Chromium', find: findChromium, packages: ['chromium', 'fonts-noto-cjk'] },
  { name: 'Firefox', find: findFirefox, packages: ['firefox-esr'] },
  { name: 'WebKit', find: findWebKit, packages: ['webkit2gtk-driver', 'xvfb'] },
  {
    name: 'Flask-JWT-Extended',
    find: findFlask,
    packages: ['python3-python-flask-jwt-extended'],
  },
  { name: 'PgBouncer', find: findPgbouncer, packages: ['pgbouncer'] },
  { name: 'nginx', find: findNginx, packages: ['nginx-light'] },
  { name: 'Caddy', find: findCaddy, packages: ['caddy'] },
  { name: 'Redis', find: findRedis, packages: ['redis-server'] },
  { name: 'systemd-analyze', find: findSystemdAnalyze, packages: ['systemd'] },
  { name: 'PyJWT', find: findPyjwt, packages: ['python3-jwt', 'python3-cryptography'] },
]

/**
 * As root on Debian, installs the packages that are missing. Elsewhere prints the command that
 * installs them; the suites that need them are then skipped, by name.
 */
export function installTestDependencies() {
  const missing = DEPENDENCIES.filter(({ find }) => find() === null)
  if (missing.length === 0) return
  const names = missing.map(({ name }) => name).join(', ')
  const packages = missing.flatMap((dependency) => dependency.packages)
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    console.warn(
      `latchkey: not found: ${names}. The suites that need them are skipped. ` +
        `On Debian, install them with\n` +
        `  sudo apt-get install --no-install-recommends ${packages.join(' ')}`,
    )
    return
  }
  console.log(`latchkey: installing ${names} for the tests`)
  // RUNLEVEL=1 keeps Debian from starting the servers that it installs: the tests start their own.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  const install = ['-qq', '-y', 'install', '--no-install-recommends', ...packages]
  spawnSync('apt-get', ['-qq', 'update'], { stdio: 'inherit', env })
  spawnSync('apt-get', install, { stdio: ['ignore', 'ignore', 'inherit'], env })
}
