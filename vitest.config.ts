import { defineConfig } from 'vitest/config'

export default defineConfig({
  // Tests import the packages by name and get their source. Nothing more: Node takes these for `require` too.
  ssr: { resolve: { conditions: ['latchkey-source', 'node'] } },
  resolve: { conditions: ['latchkey-source', 'node'] },
  test: {
    include: [
      'library/test/**/*.test.ts',
      'server/test/**/*.test.ts',
      'storm/test/**/*.test.ts',
      'examples/**/*.test.ts',
      'docs/test/**/*.test.ts',
      'bench/storm/*.test.ts',
    ],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // What is waited for comes, on a busy machine too.
    expect: { poll: { timeout: 15_000 } },
    // Two: the browser suites share the machine with Chromium.
    maxWorkers: 2,
    server: { deps: { inline: [/latchkey/] } },
  },
})
