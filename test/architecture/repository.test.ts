import { execFileSync } from 'node:child_process'
import { homedir } from 'node:os'
import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { filesUnder, root, trackedFiles } from './sources.js'

const MAX_LINES = 400
const tracked = trackedFiles()

test('a file is short enough to read at one go', () => {
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

test('the lockfile names no host that packages come from', () => {
  const lockfile = tracked.find((file) => file.path === 'package-lock.json')
  expect(lockfile?.text.match(/"resolved": "http[^"]*/g) ?? []).toEqual([])
})

test('no tracked file names a path of this machine', () => {
  expect(mentions(machinePaths())).toEqual([])
})

test('no tracked file names the host of a private package registry', () => {
  const registry = execFileSync('npm', ['config', 'get', 'registry'], { cwd: root, encoding: 'utf8' })
  const host = new URL(registry.trim().split('\n').at(-1)!).host
  expect(host === 'registry.npmjs.org' ? [] : mentions([host])).toEqual([])
})

/** This checkout and, unless it is one that every machine has, the folder around it and the home folder. */
function machinePaths(): string[] {
  const everywhere = ['/', '/tmp', '/home', '/opt', '/srv', '/usr', '/var', '/var/tmp', '/root', '/mnt']
  const around = [dirname(root), homedir()].filter((path) => !everywhere.includes(path))
  return [root, ...around].map((path) => `${path}/`)
}

function mentions(texts: string[]): string[] {
  return tracked.flatMap((file) =>
    texts.filter((text) => file.text.includes(text)).map((text) => `${file.path}: ${text}`),
  )
}
