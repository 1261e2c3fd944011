import { execFileSync } from 'node:child_process'
import { homedir } from 'node:os'
import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { filesUnder, root, trackedFiles } from './sources.js'

const MAX_LINES = 400
const tracked = trackedFiles()

test('a file is short enough to read in one go', () => {
  const long = ['src', 'test', 'bench', 'scripts']
    .flatMap(filesUnder)
    .filter((file) => /\.(ts|mjs|js|sh)$/.test(file.path))
    .map((file) => ({ path: file.path, lines: file.text.trimEnd().split('\n').length }))
    .filter((file) => file.lines > MAX_LINES)
  expect(long).toEqual([])
})

test('file names are kebab-case', () => {
  const paths = ['src', 'test', 'bench', 'scripts'].flatMap(filesUnder).map((file) => file.path)
  expect(paths.filter((path) => !/^[a-z0-9./-]+$/.test(path))).toEqual([])
})

/** The helper itself, and programs that run in a virtual machine. */
const OWN_FOLDERS = /^test\/(?:helpers\/temporary-folder|faults\/sctp\/kernel\/.*)\.ts$/

test('a test makes temporary folders with the helper that removes them', () => {
  const makers = filesUnder('test').filter(({ text }) => /mkdtemp(?:Sync)?\(join\(tmpdir/.test(text))
  expect(makers.map(({ path }) => path).filter((path) => !OWN_FOLDERS.test(path))).toEqual([])
})

test('the lockfile names no host of a package registry', () => {
  const lockfile = tracked.find((file) => file.path === 'package-lock.json')
  expect(lockfile?.text.match(/"resolved": "http[^"]*/g) ?? []).toEqual([])
})

test('no tracked file names a path of this machine', () => {
  expect(mentions(machinePaths(), hasPath)).toEqual([])
})

test('no tracked file names the host of a private package registry', () => {
  const registry = execFileSync('npm', ['config', 'get', 'registry'], { cwd: root, encoding: 'utf8' })
  const host = new URL(registry.trim().split('\n').at(-1)!).host
  if (host === 'registry.npmjs.org') return
  expect(mentions([host], (text, name) => text.includes(name))).toEqual([])
})

/** Returns this checkout, its parent folder and the home folder, except folders that exist on every machine. */
function machinePaths(): string[] {
  const everywhere = ['/', '/tmp', '/home', '/opt', '/srv', '/usr', '/var', '/var/tmp', '/root', '/mnt']
  const around = [dirname(root), homedir()].filter((path) => !everywhere.includes(path))
  return [root, ...around].map((path) => `${path}/`)
}

/** Whether the text contains the path, not only as the end of a longer one such as `./src/` for `/src`. */
function hasPath(text: string, path: string): boolean {
  let at = text.indexOf(path)
  while (at > 0 && /[\w./@*}~-]/.test(text[at - 1])) at = text.indexOf(path, at + 1)
  return at >= 0
}

function mentions(texts: string[], isIn: (text: string, what: string) => boolean): string[] {
  return tracked.flatMap((file) =>
    texts.filter((text) => isIn(file.text, text)).map((text) => `${file.path}: ${text}`),
  )
}
