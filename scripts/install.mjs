/** Installs the packages of the lockfile, only if they are missing. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runAttended } from './attended.mjs'
import { root, StepFailed } from './steps.mjs'

/** After this time without an answer of the registry, the reader is told what can be done, ms. */
const SILENCE_MS = 10_000
const HELP = [
  'The package registry has not answered yet. If this machine has no direct way to it, stop with Ctrl-C and name',
  'a proxy (npm config set proxy http://…) or a mirror (npm config set registry https://…), or install a tarball',
  'of Tocsin that was made elsewhere: see docs/guide/running.md.',
]

/** Everything that developers need. */
export async function ensureInstalled() {
  if (!isInstalled(root, () => true)) await install(root, 'Installing packages', [])
}

/**
 * Installs the packages that a hub needs to run, and the compiler. Packages for developers that are installed stay.
 */
export async function ensureInstalledToRun() {
  if (!isInstalled(root, (entry) => entry.dev !== true)) {
    await install(root, 'Installing packages', ['--omit=dev'])
  }
  if (compilerFolder() === undefined) await install(ownCompiler, 'Installing the compiler', [])
}

const ownCompiler = join(root, 'scripts/compiler')

/** The folder whose `node_modules` have the compiler and what it bundles; undefined if it is installed nowhere. */
export function compilerFolder() {
  const { dependencies } = JSON.parse(readFileSync(join(ownCompiler, 'package.json'), 'utf8'))
  const isThere = (name) => existsSync(join(root, 'node_modules', name))
  if (Object.keys(dependencies).every(isThere)) return root
  return isInstalled(ownCompiler, () => true) ? ownCompiler : undefined
}

/**
 * Returns whether every wanted package in the lockfile is installed in its version, according to the list that npm
 * keeps.
 */
function isInstalled(folder, isWanted) {
  const installed = readPackages(join(folder, 'node_modules/.package-lock.json'))
  const locked = readPackages(join(folder, 'package-lock.json'))
  return Object.entries(locked).every(
    ([path, entry]) =>
      path === '' || entry.optional || !isWanted(entry) || installed[path]?.version === entry.version,
  )
}

function readPackages(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : {}
}

async function install(folder, label, options) {
  let packages = 0
  let silence
  const args = ['ci', '--no-fund', '--no-audit', '--no-progress', '--loglevel=http', ...options]
  const [command, ...before] = npm()
  const status = await runAttended(label, command, [...before, ...args], {
    cwd: folder,
    onStart: (print) => {
      silence = setTimeout(() => print(HELP.join('\n')), SILENCE_MS)
    },
    state: () => (packages === 0 ? '' : `${packages} packages`),
    onLine: (line) => {
      const isRequest = /^npm http (fetch|cache) /.test(line)
      // A failed attempt is no answer.
      if (isRequest && !/ attempt \d+ failed /.test(line)) {
        clearTimeout(silence)
        if (/\.tgz\b/.test(line)) packages++
      }
      return isRequest || isNoise(line)
    },
  }).finally(() => clearTimeout(silence))
  if (status !== 0) throw new StepFailed('npm ci failed.')
}

/** Lines that ask nothing of the reader: the lockfile says which packages may run scripts. */
function isNoise(line) {
  return line === '' || /^(added|up to date|npm (warn|notice))/.test(line)
}

/** The npm that started this script, so that an npm outside the PATH works as well. */
function npm() {
  const cli = process.env.npm_execpath
  return cli?.endsWith('.js') ? [process.execPath, cli] : ['npm']
}
