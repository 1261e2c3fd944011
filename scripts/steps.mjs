/** Steps shared by `npm start`, `npm test` and `npm run build`: install and build, each only if necessary. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..')
export const main = join(root, 'dist/cli/main.js')

export class StepFailed extends Error {}

export function say(text) {
  process.stderr.write(`${text}\n`)
}

export function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new StepFailed(`Tocsin needs Node 20.19 or newer; this is ${process.versions.node}.`)
  }
}

export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: ['inherit', 2, 2], ...options })
  if (result.error) throw new StepFailed(`${command} cannot be run: ${result.error.message}`)
  return result.status ?? 1
}

export function npm(args) {
  // The npm that started this script, so that an npm outside the PATH works as well.
  const cli = process.env.npm_execpath
  return cli?.endsWith('.js') ? run(process.execPath, [cli, ...args]) : run('npm', args)
}

export function ensureInstalled() {
  if (isInstalled()) return
  say('Installing dependencies from the lockfile …')
  if (npm(['ci', '--no-fund', '--no-audit', '--loglevel=error']) !== 0) throw new StepFailed('npm ci failed.')
}

/** Whether every package in the lockfile is installed in its version, according to the list that npm keeps. */
function isInstalled() {
  const installed = readPackages('node_modules/.package-lock.json')
  const wanted = readPackages('package-lock.json')
  return Object.entries(wanted).every(
    ([path, entry]) => path === '' || entry.optional || installed[path]?.version === entry.version,
  )
}

function readPackages(file) {
  const path = join(root, file)
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : {}
}

const stamp = join(root, '.cache/dist.stamp')

/** Compiles `src` to `dist` if any of its inputs has changed. */
export function ensureBuilt() {
  if (existsSync(main) && existsSync(stamp) && readFileSync(stamp, 'utf8') === sourcesFingerprint()) return
  say('Building …')
  build()
}

export function build() {
  const started = Date.now()
  const sources = sourcesFingerprint()
  const status = compile('tsconfig.build.json')
  removeOlder(join(root, 'dist'), started)
  if (existsSync(main)) chmodSync(main, 0o755)
  if (status !== 0 || !madeOfDist()) throw new StepFailed('The build failed.')
  buildAddon()
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, sources)
}

/** Creates the files in addition to the compiled code: the client for browsers, and the schema for editors. */
function madeOfDist() {
  return ['browser.mjs', 'schema.mjs'].every(
    (file) => run(process.execPath, [join(root, 'scripts', file)]) === 0,
  )
}

/** Builds the addon, which only SCTP sockets need: if it cannot be compiled, everything else works. */
function buildAddon() {
  if (process.platform !== 'linux') return
  if (run(process.execPath, [join(root, 'native/sctp/build.mjs')]) !== 0)
    say('Going on without SCTP sockets.')
}

function sourcesFingerprint() {
  return fingerprint([
    'src',
    ...sourcesOfAddon(),
    'scripts/browser.mjs',
    'scripts/schema.mjs',
    'tsconfig.json',
    'tsconfig.build.json',
    'package.json',
    'package-lock.json',
  ])
}

/** Returns the sources of the addon, without its build output. */
function sourcesOfAddon() {
  const names = readdirSync(join(root, 'native/sctp')).filter((name) => /\.([ch]|mjs)$/.test(name))
  return names.map((name) => `native/sctp/${name}`)
}

export function compile(project) {
  return run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', project])
}

/** Returns a hash of the names, sizes and times of all files, which is equal as long as none has changed. */
export function fingerprint(paths) {
  const hash = createHash('sha256')
  for (const file of paths.flatMap((path) => filesUnder(join(root, path)))) {
    const { size, mtimeMs } = statSync(file)
    hash.update(`${file} ${size} ${mtimeMs}\n`)
  }
  return hash.digest('hex')
}

function filesUnder(path) {
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesUnder(join(path, name)))
}

/**
 * Removes files that the compiler did not write again, since their source no longer exists. File times may be coarse.
 */
function removeOlder(folder, started) {
  if (!existsSync(folder)) return
  for (const file of filesUnder(folder)) {
    if (statSync(file).mtimeMs < started - 2000) rmSync(file)
  }
}

/** Ends the process with the message of a failed step. Any other error is a bug and keeps its stack. */
export function report(error) {
  if (!(error instanceof StepFailed)) throw error
  say(error.message)
  process.exitCode = 1
}
