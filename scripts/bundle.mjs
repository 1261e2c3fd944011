/**
 * Writes the program as few files, since it starts in half the time when Node has to find, read and link few modules.
 * The parts of the hub, and what a command needs only for its work, stay separate modules, which are compiled when they
 * are loaded; of those that a hub needs, V8 keeps the compiled code (src/cli/modules.ts). Names are kept, so that a stack
 * trace names the functions of the sources.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, relative } from 'node:path'
import { compilerFolder } from './install.mjs'
import { filesOfModules, PLACES } from './modules.mjs'
import { lazyBuiltins, lmdbWithin } from './quick-start.mjs'
import { root, StepFailed } from './steps.mjs'

/** Packages of JavaScript only, with many files: finding and linking those takes longer than running them. */
const inlined = [
  'commander',
  'fastify',
  'jose',
  'lmdb',
  'picocolors',
  'prom-client',
  're2js',
  'ws',
  'yaml',
  'zod',
]
/** `ws` uses the first two if somebody has installed them. `fastify` loads the others for schemas, which no route has. */
const optional = [
  'bufferutil',
  'utf-8-validate',
  '@fastify/ajv-compiler',
  '@fastify/fast-json-stringify-compiler',
]
const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** The programs of threads, and the folders of the modules that name them. */
const THREADS = {
  'xpath-thread': 'faces/shared/xpath',
  'config-thread': 'hub/config/thread',
  'rewriting-thread': 'log/lmdb/rewriting',
}

/** The modules with which programs begin, beside the threads. */
const ENTRIES = {
  main: 'cli/main.ts',
  'starting-process': 'processes/starting-process.ts',
  testing: 'hub/testing.ts',
}

/** Entries of the package for other programs, beside `tocsin/testing` and `tocsin/browser`. */
const LIBRARIES = {
  client: 'client/index.ts',
  event: 'event/index.ts',
  filter: 'filter/index.ts',
  salt: 'protocols/salt/client/index.ts',
  sysadm: 'protocols/sysadm/client/index.ts',
  sctp: 'protocols/sctp/index.ts',
  ncs: 'protocols/ncs/client/ncs.ts',
  confd: 'protocols/ncs/client/confd.ts',
}

/** Writes to the folders `bundle` and `library` of `output`. */
export async function bundleCommand(output) {
  const folder = join(output, 'bundle')
  mkdirSync(folder, { recursive: true })
  const built = await Promise.all([bundleModules(folder), bundleLoader(folder), bundleLibraries(output)])
  for (const [name, text] of Object.entries(filesOfModules(built[0]))) writeFileSync(join(folder, name), text)
  for (const name of Object.keys(THREADS)) writeFileSync(join(folder, `${name}.js`), beginning(name))
  const exported = 'export const { startTestHub } ='
  writeFileSync(join(folder, 'testing.js'), beginning('testing', exported))
}

function bundleModules(folder) {
  const threads = Object.entries(THREADS).map(([name, place]) => [name, `${place}/thread.ts`])
  return compiler().build({
    ...common,
    entryPoints: sources({ ...ENTRIES, ...Object.fromEntries(threads) }),
    outdir: folder,
    write: false,
    metafile: true,
    splitting: true,
    define: PLACES,
    // Some packages make code from the text of their functions, which therefore keep the names they use.
    minifyWhitespace: true,
    // Node prints the line in which something was thrown.
    lineLimit: 200,
    legalComments: 'none',
    plugins: [threadsBeside, keepPlaces, lazyBuiltins, lmdbWithin, oneLanguage],
  })
}

/** The command, and the loader of its modules. */
function bundleLoader(folder) {
  return compiler().build({
    ...common,
    entryPoints: { main: join(root, 'src/cli/packaged.ts'), modules: join(root, 'src/cli/modules.ts') },
    outdir: folder,
    splitting: true,
  })
}

/** Modules that other bundlers, also for browsers, can take apart. */
function bundleLibraries(output) {
  return compiler().build({
    ...common,
    entryPoints: sources(LIBRARIES),
    outdir: join(output, 'library'),
    external: [...Object.keys(dependencies), ...optional],
    splitting: true,
    minifyWhitespace: true,
    plugins: [keepPlaces],
  })
}

function beginning(entry, exported = '') {
  return `import { Modules } from './modules.js'\n\n${exported} new Modules(import.meta.url).begin('${entry}')\n`
}

function sources(entries) {
  return Object.fromEntries(Object.entries(entries).map(([name, path]) => [name, join(root, 'src', path)]))
}

const common = {
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  external: [...Object.keys(dependencies).filter((name) => !inlined.includes(name)), ...optional],
  logLevel: 'error',
}

export function compiler() {
  if (compilerFolder() === undefined) throw new StepFailed('Packages are missing: npm ci installs them.')
  return createRequire(join(compilerFolder(), 'package.json'))('esbuild')
}

const threadsBeside = {
  name: 'threads-beside',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]thread-file\.ts$/ }, ({ path }) => {
      const [name] = Object.entries(THREADS).find(([, place]) => path.endsWith(join(place, 'thread-file.ts')))
      return { contents: `export const threadFile = new URL('./${name}.js', import.meta.url)` }
    })
  },
}

/** The hub says what is wrong with a value in its own words. */
const oneLanguage = {
  name: 'one-language',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js'",
    }))
  },
}

/** Files that are found from the place of a module are still found from there. */
const keepPlaces = {
  name: 'keep-places',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8')
      if (!text.includes('import.meta.url')) return
      const module = `../${relative(join(root, 'src'), path).replaceAll('\\', '/').replace(/\.ts$/, '.js')}`
      const place = `new URL(${JSON.stringify(module)}, import.meta.url).href`
      return { loader: 'ts', contents: text.replaceAll('import.meta.url', place) }
    })
  },
}
