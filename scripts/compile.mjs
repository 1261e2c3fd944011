/**
 * Compiles `src` to `dist`, only if an input has changed. `dist` is replaced in one step, so that a command that is
 * started meanwhile finds either the old build or the new one.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { bundleCommand, compiler } from './bundle.mjs'
import { buildConsole } from './console.mjs'
import { NOTICES, notices } from './package/notices.mjs'
import { keepPublicTypes } from './public-types.mjs'
import { filesUnder, fingerprint, main, root, run, StepFailed, say } from './steps.mjs'

const dist = join(root, 'dist')
const cache = join(root, '.cache')
const stamp = join(cache, 'dist.stamp')
/** With type declarations, and the files for browsers and editors: what the package contains. */
export async function ensureBuilt() {
  if (readStamp() !== `full ${sourcesFingerprint()}`) await build()
}

/** Builds the files that a hub needs to run: without types, which takes a second instead of half a minute. */
export async function ensureTranspiled() {
  const sources = sourcesFingerprint()
  if (readStamp() === `full ${sources}` || readStamp() === `quick ${sources}`) return
  say('Compiling …')
  await replaceDist(`quick ${sources}`, transpile)
}

export async function build() {
  say('Building …')
  await replaceDist(`full ${sourcesFingerprint()}`, async (output) => {
    const types = join(output, 'declarations')
    const isBuilt =
      compileTypes('tsconfig.build.json', ['--outDir', output, '--declarationDir', types]) === 0 &&
      run(process.execPath, [join(root, 'scripts/browser.mjs'), output]) === 0
    if (!isBuilt) throw new StepFailed('The build failed.')
    keepPublicTypes(types)
    await bundleCommand(output)
    await buildConsole(join(output, 'console'))
  })
}

export function compileTypes(project, args = []) {
  return run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', project, ...args])
}

async function transpile(output) {
  const modules = compiler().build({
    entryPoints: filesUnder(join(root, 'src')),
    outdir: output,
    outbase: join(root, 'src'),
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'error',
  })
  await Promise.all([modules, bundleCommand(output), buildConsole(join(output, 'console'))]).catch(() => {
    throw new StepFailed('The sources do not compile.')
  })
}

async function replaceDist(made, make) {
  const fresh = join(cache, `dist-${process.pid}`)
  mkdirSync(cache, { recursive: true })
  try {
    rmSync(fresh, { recursive: true, force: true })
    const addon = buildAddon()
    await make(fresh)
    writeFileSync(join(fresh, NOTICES), notices())
    await addon
    const old = `${fresh}-old`
    if (existsSync(dist)) renameSync(dist, old)
    renameSync(fresh, dist)
    rmSync(old, { recursive: true, force: true })
    writeFileSync(stamp, made)
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
}

/** Builds the addon, which only SCTP sockets need: if it cannot be compiled, everything else works. */
async function buildAddon() {
  if (process.platform !== 'linux') return
  const child = spawn(process.execPath, [join(root, 'native/sctp/build.mjs')], { stdio: ['ignore', 2, 2] })
  const [status] = await once(child, 'close')
  if (status !== 0) say('SCTP sockets are not available; everything else is.')
}

function readStamp() {
  return existsSync(main) && existsSync(stamp) ? readFileSync(stamp, 'utf8') : ''
}

function sourcesFingerprint() {
  return fingerprint([
    'src',
    'console',
    ...sourcesOfAddon(),
    'scripts/browser.mjs',
    'scripts/bundle.mjs',
    'scripts/console.mjs',
    'scripts/modules.mjs',
    'scripts/package/notices.mjs',
    'scripts/package/parts.mjs',
    'scripts/quick-start.mjs',
    'scripts/public-types.mjs',
    'tsconfig.json',
    'tsconfig.build.json',
    'package.json',
    'package-lock.json',
  ])
}

/** Returns the sources of the addon, without its build output. */
function sourcesOfAddon() {
  const folder = join(root, 'native/sctp')
  const names = readdirSync(folder).filter((name) => /\.([ch]|mjs)$/.test(name))
  return names.map((name) => relative(root, join(folder, name)))
}
