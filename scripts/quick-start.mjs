/** Makes the program of the hub, one file by esbuild, start in less time (src/cli/code-cache.ts). */
import { createRequire } from 'node:module'

/** The function that runs a module. To put it around the text at each start would copy megabytes. */
export const asFunction = {
  before: '(function (exports, require, module, __filename, __dirname) {',
  after: '})',
}

/**
 * Leaves out what other commands than `serve` import when they run: `tocsin serve` alone runs this program, and V8 keeps
 * its text in memory.
 */
export const serveOnly = {
  name: 'serve-only',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\./ }, ({ kind, importer, path }) =>
      kind === 'dynamic-import' && OTHER_COMMANDS.test(importer)
        ? { path, namespace: 'elsewhere' }
        : undefined,
    )
    onLoad({ filter: /.*/, namespace: 'elsewhere' }, () => ({
      contents: 'throw new Error("this program serves only")',
    }))
  },
}

const OTHER_COMMANDS = /[\\/]src[\\/]cli[\\/]commands[\\/](?!serve[\\/])/

/** Modules of Node that take ms to load, and that a hub needs later or never. */
const LATER = ['http2', 'https', 'readline', 'readline/promises', 'tls', 'worker_threads']

/** Loads modules of Node when something of them is used. */
export const lazyBuiltins = {
  name: 'lazy-builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: new RegExp(`^(node:)?(${LATER.join('|')})$`) }, ({ path, namespace }) =>
      namespace === 'later' ? { path, external: true } : { path, namespace: 'later' },
    )
    onLoad({ filter: /.*/, namespace: 'later' }, async ({ path }) => ({
      contents: `
        let loaded
        const load = () => (loaded ??= require(${JSON.stringify(path)}))
        module.exports = {
          ${(await namesIn(path)).map((name) => `get ${name}() { return load().${name} },`).join('\n')}
        }`,
    }))
  },
}

async function namesIn(builtin) {
  return Object.keys((await import(builtin)).default)
}

/**
 * Makes lmdb a part of the program, in its CommonJS form, whose modules keep their scopes and so their names: it makes
 * code from the text of its functions. Its addon is found where the package that looks for it would find it first.
 */
export const lmdbWithin = {
  name: 'lmdb-within',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^lmdb$/ }, () => ({ path: createRequire(import.meta.url).resolve('lmdb') }))
    onResolve({ filter: /^node-gyp-build-optional-packages$/ }, ({ path, namespace }) =>
      namespace === 'addon' ? { path, external: true } : { path, namespace: 'addon' },
    )
    onResolve({ filter: /^msgpackr-extract$/ }, ({ path }) => ({ path, namespace: 'none' }))
    onLoad({ filter: /.*/, namespace: 'addon' }, () => ({ contents: findAddon }))
    onLoad({ filter: /.*/, namespace: 'none' }, () => ({ contents: 'throw new Error("not in this build")' }))
  },
}

/** Built from source, for another C library, or at a place of its own: then the package looks for it. */
const findAddon = `
  const { existsSync } = require('node:fs')
  const { createRequire } = require('node:module')
  const { dirname, join } = require('node:path')

  module.exports = () => {
    const main = require.resolve('lmdb')
    const folder = join(dirname(main), '..')
    const ofLmdb = createRequire(main)
    if (!existsSync(join(folder, 'build')) && process.env.LMDB_PREBUILD === undefined) {
      for (const api of ['abi' + process.versions.modules, 'napi']) {
        try {
          return ofLmdb('@lmdb/lmdb-' + process.platform + '-' + process.arch + '/node.' + api + '.glibc.node')
        } catch {}
      }
    }
    return ofLmdb('node-gyp-build-optional-packages')(folder)
  }`
