/**
 * The longer matrix: the oldest version of each framework that the peer ranges claim, other
 * runtimes, and the frameworks that render pages.
 */
import { join } from 'node:path'
import type { Plugin } from 'vite'
import { defineConfig, type TestProjectConfiguration } from 'vitest/config'
import base from '../vitest.config.ts'

const root = join(import.meta.dirname, '..')

function project(name: string, include: string, plugins: Plugin[] = []): TestProjectConfiguration {
  return { ...base, root, plugins, test: { ...base.test, name, include: [include], exclude: [] } }
}

/** The contract of an adapter, with another version of its framework than in the workspace. */
function withVersion(framework: string, version: string): TestProjectConfiguration {
  const suite = `library/test/adapters/${framework}.test.ts`
  return project(`${framework} ${version}`, suite, [replacePackage(framework, version)])
}

/** Resolves imports of a package and its subpaths to the version installed in this folder. */
function replacePackage(name: string, version: string): Plugin {
  return {
    name: `replace-${name}`,
    enforce: 'pre',
    async resolveId(specifier, importer) {
      const [, subpath] = new RegExp(`^${name}(/.*)?$`).exec(specifier) ?? [null, null]
      if (subpath === null || importer?.includes('node_modules')) return null
      const replacement = `${name}-${version}${subpath ?? ''}`
      const resolved = await this.resolve(replacement, import.meta.filename, { skipSelf: true })
      if (resolved === null) throw new Error(`${replacement} is not installed in matrix/`)
      return resolved
    },
  }
}

export default defineConfig({
  root,
  test: {
    maxWorkers: 2,
    projects: [
      withVersion('express', '4.17'),
      withVersion('fastify', '5.0'),
      withVersion('hono', '4.0'),
      withVersion('koa', '3.0'),
      project('runtimes', 'matrix/runtimes/*.test.ts'),
      project('rendered pages', 'examples/nextjs.test.ts'),
      project('types', 'matrix/types.test.ts'),
    ],
  },
})
