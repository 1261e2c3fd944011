import {
  copyFileSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join, relative } from 'node:path'
import { compiler } from '../bundle.mjs'
import { filesUnder, fingerprint, root } from '../steps.mjs'

const sources = join(root, 'src')
/** Beside `src` and `dist`: modules find other files of the project by paths relative to their own. */
const output = join(root, '.compiled')
const stamp = join(output, 'stamp')

/**
 * Compiles `src` for tests, which takes seconds: Node.js loads the result in a tenth of the time that vitest takes for
 * the sources, once in each worker. A new folder replaces the old one in one step, since another run may read it.
 */
export async function compileSources() {
  const wanted = fingerprint(['src', 'scripts/test'])
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  const fresh = `${output}-${process.pid}`
  const modules = filesUnder(sources).filter((path) => path.endsWith('.ts'))
  await compile(modules, fresh)
  // In one piece, a thread starts in a third of the time, and tests start hundreds.
  const threads = modules.filter((path) => path.endsWith('/thread.ts'))
  await compile(threads, fresh, { bundle: true, packages: 'external', allowOverwrite: true })
  copyFileSync(join(import.meta.dirname, 'cheap-passwords.mjs'), join(fresh, 'access/password-cost.js'))
  symlinkSync('../dist/console', join(fresh, 'console'))
  writeFileSync(join(fresh, 'stamp'), wanted)
  const old = `${fresh}-old`
  if (existsSync(output)) renameSync(output, old)
  renameSync(fresh, output)
  rmSync(old, { recursive: true, force: true })
}

function compile(entryPoints, outdir, options = {}) {
  return compiler().build({
    entryPoints,
    outdir,
    outbase: sources,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: 'linked',
    logLevel: 'error',
    ...options,
  })
}

/** A plugin of vite for tests that replace no module: they import the compiled sources. */
export function compiledSources() {
  return {
    name: 'compiled-sources',
    enforce: 'pre',
    async resolveId(source, importer, options) {
      if (importer === undefined || !/^\.{1,2}\//.test(source)) return
      const resolved = await this.resolve(source, importer, { ...options, skipSelf: true })
      const path = resolved?.id.split('?')[0]
      if (!path?.startsWith(`${sources}/`) || !path.endsWith('.ts')) return
      return join(output, relative(sources, path).replace(/\.ts$/, '.js'))
    },
  }
}

export const compiled = /\/\.compiled\//
