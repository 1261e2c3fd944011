/**
 * Makes a folder with the command as one executable: this Node with the bundled program and its code cache in it
 * (a "single executable application"). Beside it are the native addons, which must be files, and the program of the
 * hub with the code that V8 compiled in a first run: more than Node puts into an executable.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { build } from 'esbuild'
import { inject } from 'postject'
import { asFunction, lazyBuiltins, serveOnly } from '../quick-start.mjs'
import { root, StepFailed } from '../steps.mjs'
import { lmdbAddon } from './parts.mjs'

const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const addon = `native/sctp/build/${process.platform}-${process.arch}.node`

/** The programs of threads, which must be files, and the folders of the modules that name them. */
const THREADS = [
  { file: 'xpath-thread.cjs', source: 'faces/shared/xpath' },
  { file: 'config-thread.cjs', source: 'hub/config/thread' },
  { file: 'rewriting-thread.cjs', source: 'log/lmdb/rewriting' },
]

/** The file that Node.js makes of the program, to be put into the executable. */
const BLOB = 'sea.blob'

/** The program of the hub, whose code is cached. */
const HUB = 'hub.cjs'

/**
 * Compiled code contains hashes of texts, which depend on a random number. With a fixed one, the same sources make the
 * same code. Of all settings of V8 only this one may differ between making cached code and using it.
 */
const SAME_HASHES = '--random-seed=1'

/** Starts of the hub, at most, until one form of its code leads. */
const MOST_STARTS = 20
const LEAD = 3

export async function makeExecutable(folder) {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const work = `${folder}-work`
  mkdirSync(work, { recursive: true })
  try {
    const program = join(folder, 'tocsin')
    const script = join(work, 'tocsin.cjs')
    await bundle(script)
    for (const thread of THREADS) await bundleThread(thread, folder)
    await bundleHub(join(folder, HUB))
    copyFileSync(lmdbAddon(), join(folder, 'lmdb.node'))
    if (existsSync(join(root, addon))) cpSync(join(root, addon), join(folder, addon))
    copyFileSync(process.execPath, program)
    chmodSync(program, 0o755)
    await runUntilSame(folder, script)
    await intoNode(script, work, program)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

async function bundle(outfile) {
  await build({
    ...oneFile,
    ...inFolder,
    entryPoints: [join(root, 'src/cli/entry.ts')],
    outfile,
    define: { ...inFolder.define, HUB_PROGRAM: JSON.stringify(`../../../../${HUB}`) },
    banner: { js: banner },
  })
}

async function bundleHub(outfile) {
  await build({
    ...oneFile,
    ...inFolder,
    entryPoints: [join(root, 'src/cli/main.ts')],
    outfile,
    plugins: [...inFolder.plugins, serveOnly],
    // Code from a cache cannot import.
    supported: { 'dynamic-import': false },
    banner: { js: asFunction.before + banner },
    footer: { js: asFunction.after },
  })
}

async function bundleThread({ file, source }, folder) {
  await build({
    ...oneFile,
    ...inFolder,
    entryPoints: [join(root, 'src', source, 'thread.ts')],
    outfile: join(folder, file),
    banner: { js: banner },
  })
}

const oneFile = {
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  // Some packages make code from the text of their functions, which therefore keep the names they use.
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
}

// The folder of the executable takes the place of the folder of the package.
const banner = `const __moduleUrl = require('node:url').pathToFileURL(
  require('node:path').join(process.execPath, '../dist/protocols/sctp/socket/addon.js')).href;`

const knownVersion = {
  name: 'known-version',
  setup({ onLoad }) {
    onLoad({ filter: /\/hub\/version\.ts$/ }, () => ({
      contents: `export const version = ${JSON.stringify(version)}`,
    }))
    onLoad({ filter: /\/hub\/cluster\/build-version\.ts$/ }, async () => {
      const { buildVersion } = await import(join(root, 'dist/hub/cluster/build-version.js'))
      return { contents: `export const buildVersion = () => ${JSON.stringify(buildVersion())}` }
    })
  },
}

const threadsBeside = {
  name: 'threads-beside',
  setup({ onLoad }) {
    onLoad({ filter: /\/thread-file\.ts$/ }, ({ path }) => ({
      contents: `
        import { dirname, join } from 'node:path'
        import { pathToFileURL } from 'node:url'
        export const threadFile = pathToFileURL(join(dirname(process.execPath), '${threadBy(path)}'))`,
    }))
  },
}

function threadBy(path) {
  return THREADS.find(({ source }) => path.endsWith(`/${source}/thread-file.ts`)).file
}

/** lmdb looks for its addon in its package; here it is beside the executable. Other addons are optional. */
const nativeAddons = {
  name: 'native-addons',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node-gyp-build-optional-packages$/ }, ({ path }) => ({ path, namespace: 'addon' }))
    // Its CommonJS form, whose modules keep their scopes and so their names.
    onResolve({ filter: /^lmdb$/ }, () => ({ path: createRequire(import.meta.url).resolve('lmdb') }))
    onResolve({ filter: /^(msgpackr-extract|bufferutil|utf-8-validate|pg-native)$/ }, ({ path }) => ({
      path,
      namespace: 'none',
    }))
    // A machine that can compile has those of ssh2, which does without.
    onResolve({ filter: /\.node$/ }, ({ path }) => ({ path, namespace: 'none' }))
    onLoad({ filter: /.*/, namespace: 'addon' }, () => ({
      contents: `
        const { createRequire } = require('node:module')
        const { dirname, join } = require('node:path')
        module.exports = () => createRequire(process.execPath)(join(dirname(process.execPath), 'lmdb.node'))`,
    }))
    onLoad({ filter: /.*/, namespace: 'none' }, () => ({ contents: 'throw new Error("not in this build")' }))
  },
}

const inFolder = {
  define: { 'import.meta.url': '__moduleUrl' },
  plugins: [knownVersion, threadsBeside, nativeAddons, lazyBuiltins],
}

async function intoNode(script, work, output) {
  // Relative, since Node keeps the path of the program.
  const sea = {
    main: basename(script),
    output: BLOB,
    disableExperimentalSEAWarning: true,
    useCodeCache: true,
  }
  writeFileSync(join(work, 'sea.json'), JSON.stringify(sea))
  const node = process.execPath
  if (!readFileSync(node).includes(`${FUSE}:0`)) {
    throw new StepFailed(
      `${node} cannot carry a program, as it needs libraries of its own. Run this with a Node.js from nodejs.org or npm.`,
    )
  }
  const words = [SAME_HASHES, '--experimental-sea-config', 'sea.json']
  const { status, stderr } = spawnSync(node, words, { cwd: work, encoding: 'utf8' })
  if (status !== 0) throw new StepFailed(`The program cannot be prepared: ${stderr}`)
  await inject(output, 'NODE_SEA_BLOB', readFileSync(join(work, BLOB)), { sentinelFuse: FUSE })
}

/**
 * The code that a hub has compiled when it is ready depends a little on the order in which files and sockets answer: of
 * 25 starts, one differs. The same sources make the same package, so the code is taken that is ahead of all others.
 */
async function runUntilSame(folder, script) {
  const kept = join(folder, `${HUB}.cache`)
  const counts = new Map()
  for (let left = MOST_STARTS; left > 0; left--) {
    rmSync(kept, { force: true })
    await runOnce(folder, script)
    const code = readFileSync(kept).toString('latin1')
    const count = (counts.get(code) ?? 0) + 1
    counts.set(code, count)
    const others = [...counts].filter(([other]) => other !== code).map(([, times]) => times)
    if (count - Math.max(0, ...others) >= LEAD) return
  }
  console.error(
    `In ${MOST_STARTS} starts none compiled what most did; this package differs from others of the same sources.`,
  )
}

/**
 * Runs a hub until it has kept its compiled code, and gives that the name under which the program expects it. Node does
 * not contain the program yet, since it takes no settings of V8 then.
 */
async function runOnce(folder, script) {
  const place = mkdtempSync(join(tmpdir(), 'tocsin-'))
  try {
    const config = join(place, 'tocsin.yaml')
    writeFileSync(config, '{}\n')
    const places = ['--config', config, '--data', join(place, 'data'), '--socket', join(place, 'hub.sock')]
    const words = [SAME_HASHES, script, 'serve', '--no-sources', '--http', '127.0.0.1:0', ...places]
    await untilReady(join(folder, 'tocsin'), words)
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
  const isCode = (name) => name.startsWith(HUB) && name.endsWith('.cache')
  renameSync(join(folder, readdirSync(folder).find(isCode)), join(folder, `${HUB}.cache`))
}

async function untilReady(program, words) {
  const hub = spawn(program, words, { stdio: ['ignore', 'ignore', 'pipe'] })
  let text = ''
  let isReady = false
  hub.stderr.setEncoding('utf8').on('data', (more) => {
    text += more
    if (isReady || !text.includes('is ready')) return
    isReady = true
    hub.kill()
  })
  const [status] = await once(hub, 'exit')
  if (status !== 0) throw new StepFailed(`The hub does not start: ${text}`)
}
