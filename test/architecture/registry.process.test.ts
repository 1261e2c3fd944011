import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { root, trackedFiles } from './sources.js'

test('no file of the project names the host of a private package registry', () => {
  const registry = execFileSync('npm', ['config', 'get', 'registry'], { cwd: root, encoding: 'utf8' })
  const host = new URL(registry.trim().split('\n').at(-1)!).host
  if (host === 'registry.npmjs.org') return
  const naming = trackedFiles().filter(({ text }) => text.includes(host))
  expect(naming.map(({ path }) => path)).toEqual([])
})
