/**
 * Writes the command as few files, since it starts in half the time when Node has to find, read and link few modules.
 * The parts of the hub, and what a command needs only for its work, stay separate files, which are read when they are
 * imported. `tocsin serve` runs the whole program as one more file, whose code is cached (src/cli/code-cache.ts).
 * Names are kept, so that a stack trace names the functions of the sources.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, join, relative } from 'node:path'
import { compilerFolder } from './install.mjs'
import { asFunction, lazyBuiltins, lmdbWithin, serveOnly } from './quick-start.mjs'
import { root, StepFailed } from './steps.mjs'

/** Packages of JavaScript only, with many files: finding and linking those takes longer than running them. */
const inlined = ['commander', 'fastify', 'jose', 'picocolors', 'prom-client', 're2js', 'ws', 'yaml', 'zod']
/** `ws` uses them if somebody has installed them. */
const optional = ['bufferutil', 'utf-8-validate']
const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** Writes to the folder `bundle` of `output`. */
export async function bundleCommand(output) {
  const folder = join(output, 'bundle')
  const hubProgram = await bundleHub(folder)
  await compiler().build({
    ...common,
    entryPoints: { main: join(root, 'src/cli/entry.ts') },
    outdir: folder,
    splitting: true,
    format: 'esm',
    define: { HUB_PROGRAM: JSON.stringify(`../bundle/${hubProgram}`) },
    banner: { js: requireForInlined },
    plugins: [keepPlaces((module) => `new URL(${module}, import.meta.url).href`)],
  })
}

/** Returns the name of the file: it is different for each program, and so are those of its caches. */
async function bundleHub(folder) {
  const { metafile } = await compiler().build({
    ...common,
    entryPoints: { hub: join(root, 'src/cli/main.ts') },
    entryNames: '[name]-[hash]',
    outExtension: { '.js': '.cjs' },
    outdir: folder,
    external: common.external.filter((name) => name !== 'lmdb'),
    format: 'cjs',
    // Code from a cache cannot import: packages are required instead.
    supported: { 'dynamic-import': false },
    // V8 keeps the text of a program in memory.
    minifyWhitespace: true,
    metafile: true,
    banner: { js: asFunction.before },
    footer: { js: asFunction.after },
    plugins: [
      keepPlaces((module) => `new URL(${module}, require('node:url').pathToFileURL(__filename)).href`),
      lazyBuiltins,
      lmdbWithin,
      serveOnly,
    ],
  })
  return basename(Object.keys(metafile.outputs)[0])
}

const common = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  external: [...Object.keys(dependencies).filter((name) => !inlined.includes(name)), ...optional],
  logLevel: 'error',
}

export function compiler() {
  if (compilerFolder() === undefined) throw new StepFailed('Packages are missing: npm ci installs them.')
  return createRequire(join(compilerFolder(), 'package.json'))('esbuild')
}

const requireForInlined = `import { createRequire as createRequireForInlined } from 'node:module'
const require = createRequireForInlined(import.meta.url)`

/** Files that are found from the place of a module are still found from there. */
const keepPlaces = (placeOf) => ({
  name: 'keep-places',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8')
      if (!text.includes('import.meta.url')) return
      const module = `../${relative(join(root, 'src'), path).replaceAll('\\', '/').replace(/\.ts$/, '.js')}`
      return {
        loader: 'ts',
        contents: text.replaceAll('import.meta.url', placeOf(JSON.stringify(module))),
      }
    })
  },
})
