import { configDefaults, defineConfig } from 'vitest/config'

export default defineConfig({
  // Tests that import the packages by name get their source.
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
    // Part of the matrix: building it takes longer than most suites.
    exclude: [...configDefaults.exclude, 'examples/nextjs.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Long enough for a busy machine.
    expect: { poll: { timeout: 15_000 } },
    // The browser suites share the machine with Chromium.
    maxWorkers: 2,
    server: { deps: { inline: [/latchkey/] } },
  },
})
