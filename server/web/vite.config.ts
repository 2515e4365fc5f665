import { fileURLToPath } from 'node:url'
import { defaultClientConditions, defineConfig } from 'vite'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  root: here('.'),
  base: '/',
  publicDir: false,
  // The browser client comes from its source in this workspace.
  resolve: { conditions: ['latchkey-source', ...defaultClientConditions] },
  build: {
    outDir: here('../dist/web'),
    emptyOutDir: true,
    manifest: true,
    // Every file has an address of its own: the pages allow no inline script, style or font.
    assetsInlineLimit: 0,
    modulePreload: false,
    rolldownOptions: { input: here('src/pages.ts') },
  },
})
