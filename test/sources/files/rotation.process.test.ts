import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FilesHarness } from './files-harness.js'

const COUNT = 10_000
const writer = fileURLToPath(new URL('./log-writer.mjs', import.meta.url))

let files: FilesHarness
beforeEach(() => {
  files = new FilesHarness()
  files.append('app.log', '')
})
afterEach(() => files.close())

function write(kind: 'rename' | 'late' | 'copy', each: number): ChildProcess {
  return spawn(process.execPath, [writer, files.path('app.log'), kind, String(COUNT), String(each)], {
    stdio: 'inherit',
  })
}

const numbers = () =>
  files
    .lines()
    .filter((line) => line !== 'the end')
    .map((line) => Number(line.split(' ')[1]))
/** Summarises how the lines found differ from every line exactly once. */
function fault(found: number[]): string {
  const times = new Map<number, number>()
  for (const number of found) times.set(number, (times.get(number) ?? 0) + 1)
  const missing = inOrder.filter((number) => !times.has(number))
  const doubled = inOrder.filter((number) => (times.get(number) ?? 0) > 1)
  const few = (list: number[]) => `${list.length} (${list.slice(0, 5)} … ${list.slice(-5)})`
  return missing.length + doubled.length === 0 ? '' : `missing ${few(missing)}, doubled ${few(doubled)}`
}

const inOrder = Array.from({ length: COUNT }, (_, i) => i + 1)
const theEnd = () => files.until(() => files.lines().includes('the end') && files.lines().length >= COUNT + 1)

describe.each([
  ['app.log', 'the file alone'],
  ['app.log*', 'the file and what it was rotated to'],
])('under load, following %s (%s)', (pattern) => {
  it.each([
    ['rename', 1_000],
    ['rename', 100],
    ['late', 1_000],
    ['copy', 1_000],
    ['copy', 500],
  ] as const)('rotation by %s every %i lines gives every line exactly once', async (kind, each) => {
    await files.start({ lines: [files.path(pattern)], partialAfter: '1h' })
    const child = write(kind, each)
    await once(child, 'exit')
    await theEnd()
    expect(fault(numbers())).toBe('')
    expect(files.gaps()).toEqual([])
  })
})

describe('with restarts of the source in between', () => {
  it.each([
    ['rename', 500],
    ['copy', 1_000],
  ] as const)('rotation by %s every %i lines gives every line exactly once', async (kind, each) => {
    const config = { lines: [files.path('app.log')], partialAfter: '1h' }
    await files.start(config)
    const child = write(kind, each)
    const exited = once(child, 'exit')
    while (child.exitCode === null) {
      const before = files.lines().length
      await files.until(() => files.lines().length > before + 100 || child.exitCode !== null)
      await files.stop()
      await files.start(config)
    }
    await exited
    await theEnd()
    expect(fault(numbers())).toBe('')
    expect(files.gaps()).toEqual([])
  })
})
