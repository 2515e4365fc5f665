/** Brings what the tests need beside npm packages, where this machine lets us. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { findChromium } from './chromium.mjs'

/** Installs Debian's Chromium for root on a Debian machine that has none. Elsewhere the browser suites are skipped, by name. */
export function bringChromium() {
  if (findChromium() !== null) return
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    console.warn('latchkey: no Chromium. Install it or set CHROMIUM_PATH; the browser suites will be skipped.')
    return
  }
  console.log('latchkey: installing Chromium for the browser suites')
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  spawnSync('apt-get', ['-qq', 'update'], { stdio: 'inherit', env })
  spawnSync('apt-get', ['-qq', '-y', 'install', '--no-install-recommends', 'chromium', 'fonts-noto-cjk'], { stdio: ['ignore', 'ignore', 'inherit'], env })
}
