/**
 * The longer matrix: the oldest version that is supported of each framework, other runtimes, and
 * the frameworks that render pages.
 */
import { join } from 'node:path'
import type { Plugin } from 'vite'
import { defineConfig, type TestProjectConfiguration } from 'vitest/config'
import base from '../vitest.config.ts'

const HERE = import.meta.dirname
const root = join(HERE, '..')
const NEST = /^(?:@nestjs\/.*|reflect-metadata|rxjs)$/

function project(
  name: string,
  include: string,
  { plugins = [], env = {} }: { plugins?: Plugin[]; env?: Record<string, string> } = {},
): TestProjectConfiguration {
  const test = { ...base.test, name, include: [include], exclude: [], env }
  return { ...base, root, plugins, test }
}

/** The contract of an adapter, with another version of its framework than in the workspace. */
function withVersion(framework: string, version: string): TestProjectConfiguration {
  const suite = `library/test/adapters/${framework}.test.ts`
  const find = (subpath: string): string => `${framework}-${version}${subpath}`
  const replaced = replaceImports(new RegExp(`^${framework}(/.*)?$`), find, HERE)
  return project(`${framework} ${version}`, suite, { plugins: [replaced] })
}

/** The same for a framework of several packages, which are installed in a folder of their own. */
function withFolder(
  framework: string,
  version: string,
  packages: RegExp,
): TestProjectConfiguration {
  const suite = `library/test/adapters/${framework}.test.ts`
  const folder = join(HERE, `${framework}-${version}`)
  const replaced = replaceImports(packages, (_, specifier) => specifier, folder)
  return project(`${framework} ${version}`, suite, { plugins: [replaced] })
}

/** The example pages, built with older packages of the libraries that the folder has. */
function withFrontEnds(year: string): TestProjectConfiguration {
  const folder = join(HERE, `front-ends-${year}`)
  const env = { PACKAGES: folder }
  return project(`front ends of ${year}`, 'examples/pages/pages.test.ts', { env })
}

/** Resolves the imports that match to what is installed in `folder`. */
function replaceImports(
  pattern: RegExp,
  find: (subpath: string, specifier: string) => string,
  folder: string,
): Plugin {
  return {
    name: 'replace-imports',
    enforce: 'pre',
    async resolveId(specifier, importer) {
      const match = pattern.exec(specifier)
      if (match === null || importer?.includes('node_modules')) return null
      const replacement = find(match[1] ?? '', specifier)
      const options = { skipSelf: true }
      const resolved = await this.resolve(replacement, join(folder, 'index.ts'), options)
      if (resolved === null) throw new Error(`${replacement} is not installed in ${folder}`)
      return resolved
    },
  }
}

export default defineConfig({
  root,
  test: {
    maxWorkers: 2,
    projects: [
      withVersion('express', '4.16'),
      withFolder('fastify', '4', /^(?:fastify|@fastify\/cors)$/),
      withVersion('fastify', '5.0'),
      withVersion('hono', '4.0'),
      withVersion('koa', '2.13'),
      withVersion('koa', '3.0'),
      withFolder('nest', '10', NEST),
      withFolder('nest', '11', NEST),
      project('old frameworks', 'matrix/old-frameworks.test.ts'),
      withFrontEnds('2022'),
      project('runtimes', 'matrix/runtimes/*.test.ts'),
      project('rendered pages', 'examples/nextjs.test.ts'),
      project('rendering', 'matrix/rendering/rendering.test.ts'),
      project('jest', 'matrix/jest.test.ts'),
      project('types', 'matrix/types.test.ts'),
    ],
  },
})
