import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname } from 'node:path'

interface Asset {
  body: Uint8Array<ArrayBuffer>
  type: string
}

/** The built style, script and images of the pages. */
export interface Assets {
  /** By path, such as `/assets/pages-1a2b3c4d.css`. */
  files: ReadonlyMap<string, Asset>
  css: string
  js: string | null
  /** False if the assets have not been built. Pages then work without style and script. */
  built: boolean
}

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
}

/** The entry point in the manifest of Vite. */
const ENTRY = 'src/pages.ts'

/** In the built server, and, when the source runs, in the output folder of the build. */
const FOLDERS = [new URL('../web/', import.meta.url), new URL('../../dist/web/', import.meta.url)]

/** Reads the assets into memory, so that no request can name a file on disk. */
export function loadAssets(folders: readonly URL[] = FOLDERS): Assets {
  const folder = folders.find((url) => existsSync(new URL('.vite/manifest.json', url)))
  if (folder === undefined)
    return { files: new Map(), css: '/assets/pages.css', js: null, built: false }
  const manifest = JSON.parse(
    readFileSync(new URL('.vite/manifest.json', folder), 'utf8'),
  ) as Record<string, { file: string; css?: string[] }>
  const entry = manifest[ENTRY]!
  const names = readdirSync(new URL('assets/', folder)).filter((name) => extname(name) in TYPES)
  const files = names.map((name): [string, Asset] => [
    `/assets/${name}`,
    {
      body: new Uint8Array(readFileSync(new URL(`assets/${name}`, folder))),
      type: TYPES[extname(name)]!,
    },
  ])
  return {
    files: new Map(files),
    css: `/${entry.css?.[0] ?? 'assets/pages.css'}`,
    js: `/${entry.file}`,
    built: true,
  }
}
