import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname } from 'node:path'

interface Asset {
  body: Uint8Array<ArrayBuffer>
  type: string
}

/** The files of the pages, and what a page links to. */
export interface Assets {
  /** By address, such as `/assets/pages-1a2b3c4d.css`. */
  files: ReadonlyMap<string, Asset>
  css: string
  js: string | null
  /** False where the pages have not been built: they work, without style and script. */
  built: boolean
}

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
}

/** The one entry of the pages in the manifest. */
const ENTRY = 'src/pages.ts'

/** Beside the built server, or where the build puts it when the source runs. */
const FOLDERS = [new URL('../web/', import.meta.url), new URL('../../dist/web/', import.meta.url)]

/** Reads the built files of the pages into memory: they are few, and no request then names a file on disk. */
export function loadAssets(folders: readonly URL[] = FOLDERS): Assets {
  const folder = folders.find((each) => existsSync(new URL('.vite/manifest.json', each)))
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
