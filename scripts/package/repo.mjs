// npm run package:repo: makes a repository for apt of Debian packages, or adds them to one.
//   [FILE.deb …]       the packages (default: all in .cache)
//   --output FOLDER    the repository (default: .cache/repo)
//   --key KEY          fingerprint or name of the key of gpg that signs (default: that of gpg); GNUPGHOME says where it is
// A web server that serves the folder is all that is needed, or the folder itself.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { report, root, run, StepFailed, say } from '../steps.mjs'

const SUITE = 'stable'
const COMPONENT = 'main'
const KEYRING = 'tocsin.gpg'

const { values: options, positionals } = parseArgs({
  options: { output: { type: 'string', default: join(root, '.cache/repo') }, key: { type: 'string' } },
  allowPositionals: true,
})

try {
  makeRepository(options.output, positionals.length > 0 ? positionals : debsIn(join(root, '.cache')))
} catch (error) {
  report(error)
}

function makeRepository(folder, debs) {
  if (debs.length === 0) throw new StepFailed('There is no package: run npm run package:deb first.')
  for (const deb of debs) keep(folder, deb)
  const packages = debsIn(join(folder, 'pool')).map((path) => entryOf(folder, path))
  const made = join(folder, 'dists.new')
  rmSync(made, { recursive: true, force: true })
  const suite = join(made, SUITE)
  const architectures = architecturesOf(packages)
  for (const architecture of architectures) writeIndex(suite, architecture, packages)
  writeFileSync(join(suite, 'Release'), release(suite, architectures))
  sign(suite)
  gpg('--yes', '--output', join(folder, KEYRING), '--export', ...(options.key ? [options.key] : []))
  rmSync(join(folder, 'dists'), { recursive: true, force: true })
  renameSync(made, join(folder, 'dists'))
  say(`${folder}: ${packages.map(({ name, version }) => `${name} ${version}`).join(', ')}`)
}

function debsIn(folder) {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.deb'),
  )
  return files.sort().map((path) => join(folder, path))
}

/** Copies a package to its place in the pool. Earlier versions stay. */
function keep(folder, deb) {
  const name = field(deb, 'Source') || field(deb, 'Package')
  const place = join(folder, 'pool', COMPONENT, name[0], name, basename(deb))
  mkdirSync(dirname(place), { recursive: true })
  copyFileSync(deb, place)
}

function field(deb, name) {
  return execFileSync('dpkg-deb', ['--field', deb, name], { encoding: 'utf8' }).trim()
}

/** The entry of a package in an index: its control file, with the place, size and hash of its file. */
function entryOf(folder, deb) {
  const control = execFileSync('dpkg-deb', ['--field', deb], { encoding: 'utf8' }).trimEnd()
  const content = readFileSync(deb)
  const place = `Filename: ${relative(folder, deb)}\nSize: ${content.length}\nSHA256: ${sha256(content)}\n`
  return {
    name: field(deb, 'Package'),
    version: field(deb, 'Version'),
    architecture: field(deb, 'Architecture'),
    text: `${control}\n${place}`,
  }
}

/** Packages for all architectures are in the index of each; if there are no others, in that of this machine. */
function architecturesOf(packages) {
  const named = new Set(packages.map(({ architecture }) => architecture).filter((each) => each !== 'all'))
  if (named.size > 0) return [...named].sort()
  return [execFileSync('dpkg', ['--print-architecture'], { encoding: 'utf8' }).trim()]
}

function writeIndex(suite, architecture, packages) {
  const folder = join(suite, COMPONENT, `binary-${architecture}`)
  const fitting = packages.filter((each) => each.architecture === architecture || each.architecture === 'all')
  const index = fitting.map(({ text }) => text).join('\n')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'Packages'), index)
  writeFileSync(join(folder, 'Packages.gz'), gzipSync(index, { level: 9 }))
}

function release(suite, architectures) {
  const files = readdirSync(suite, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /Packages/.test(path),
  )
  const sums = files.sort().map((path) => {
    const content = readFileSync(join(suite, path))
    return ` ${sha256(content)} ${content.length} ${path}\n`
  })
  return `Origin: Tocsin
Label: Tocsin
Suite: ${SUITE}
Codename: ${SUITE}
Date: ${new Date().toUTCString().replace('GMT', 'UTC')}
Architectures: ${architectures.join(' ')}
Components: ${COMPONENT}
Description: Packages of Tocsin
SHA256:
${sums.join('')}`
}

function sign(suite) {
  const input = join(suite, 'Release')
  const by = options.key === undefined ? [] : ['--local-user', options.key]
  gpg(...by, '--output', join(suite, 'InRelease'), '--clear-sign', input)
  gpg(...by, '--output', join(suite, 'Release.gpg'), '--armor', '--detach-sign', input)
}

function gpg(...words) {
  if (run('gpg', ['--batch', '--quiet', '--digest-algo', 'SHA256', ...words]) !== 0)
    throw new StepFailed('gpg failed: name a key that can sign with --key.')
}

function sha256(content) {
  return createHash('sha256').update(content).digest('hex')
}
