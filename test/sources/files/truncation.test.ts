import {
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FilesHarness } from './files-harness.js'

const COUNT = 20_000
const READ = 1_500

let files: FilesHarness
let log: string
let looks: number[]
beforeEach(async () => {
  files = new FilesHarness()
  log = files.path('app.log')
  looks = await watchLooks()
})
afterEach(async () => {
  vi.restoreAllMocks()
  await files.close()
})

/** Returns the sizes that the source finds when it looks at open files. */
async function watchLooks(): Promise<number[]> {
  const sizes: number[] = []
  const file = await open('/dev/null')
  const prototype = Object.getPrototypeOf(file)
  await file.close()
  const { stat } = prototype
  vi.spyOn(prototype, 'stat').mockImplementation(async function (this: typeof file) {
    const stats = await stat.call(this, { bigint: true })
    sizes.push(Number(stats.size))
    return stats
  })
  return sizes
}

/** Resolves when the source has looked at a file of this size several times, for the first time thrice to open it. */
async function looked({ size } = statSync(log)): Promise<void> {
  const before = looks.length
  await files.until(() => looks.slice(before).filter((each) => each === size).length >= 4)
}

const lineOf = (number: number) => `line ${number} ${'.'.repeat(20)}\n`
const text = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => lineOf(from + i)).join('')
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1)
const numbers = () => files.lines().map((line) => Number(line.split(' ')[1]))
const reasons = () => files.gaps().map(({ reason }) => reason)

function accept(most: number): void {
  let left = most - files.lines().length
  files.host.publish = (event) => {
    if (!event.tag.startsWith('hub/') && left-- <= 0) return false
    files.host.events.push(event)
    return true
  }
}

/** The hub has read the beginning of a long file, and accepts nothing more. Returns the size of the file. */
async function fallBehind(): Promise<number> {
  accept(READ)
  await files.start({ lines: [files.path('*.log')], from: 'start', partialAfter: '1h' })
  files.append('app.log', text(1, COUNT))
  await files.until(() => files.lines().length === READ)
  await looked()
  return statSync(log).size
}

/** The hub accepts events again. */
async function catchUp(last: string): Promise<void> {
  accept(Number.POSITIVE_INFINITY)
  await files.until(() => files.lines().at(-1) === last)
}

describe('a file of which the hub has read only the beginning', () => {
  it('leaves a gap with the bytes that were not read when it is truncated, and no piece of a line', async () => {
    const size = await fallBehind()
    truncateSync(log)
    files.append('app.log', 'new\n')
    await catchUp('new')
    await files.until(() => files.gaps().length > 0)
    const end = text(1, files.lines().length - 1).length
    expect(numbers().slice(0, -1)).toEqual(upTo(files.lines().length - 1))
    expect(files.data.some(({ partial }) => partial)).toBe(false)
    expect(reasons()).toEqual([
      `bytes ${end} to ${size} were not read of ${log} before it was truncated or replaced`,
    ])
  })

  it('leaves the same gap when other content of a larger size is there at once', async () => {
    const size = await fallBehind()
    writeFileSync(log, `${`${'o'.repeat(99)}\n`.repeat(7_000)}new\n`)
    await catchUp('new')
    await files.until(() => files.gaps().length > 0)
    const end = text(1, numbers().filter((number) => number > 0).length).length
    expect(reasons()).toEqual([
      `bytes ${end} to ${size} were not read of ${log} before it was truncated or replaced`,
    ])
    expect(files.lines().filter((line) => line.startsWith('oo'))).toHaveLength(7_000)
  })

  it('leaves a gap for each content that the hub has seen while it accepted nothing', async () => {
    await fallBehind()
    truncateSync(log)
    files.append('app.log', `${'second\n'.repeat(10)}`)
    await looked()
    truncateSync(log)
    files.append('app.log', 'third\n')
    await catchUp('third')
    await files.until(() => files.gaps().length === 2)
    expect(reasons()).toContain(`bytes 0 to 70 were not read of ${log} before it was truncated or replaced`)
  })

  it.each([
    ['beside it', 'app.log.1'],
    ['with its extension at the end', 'app-20261129.log'],
    ['in a folder for old ones', 'old/app.log.1'],
  ])('is read from its copy %s', async (_, name) => {
    await fallBehind()
    mkdirSync(files.path('old'))
    copyFileSync(log, files.path(name))
    truncateSync(log)
    files.append('app.log', 'new\n')
    await catchUp('new')
    expect(numbers().slice(0, -1)).toEqual(upTo(COUNT))
    expect(files.gaps()).toEqual([])
  })

  it('is read from its copy after a restart too, and from the copy under another name', async () => {
    await fallBehind()
    mkdirSync(files.path('old'))
    copyFileSync(log, files.path('old/app.log.1'))
    truncateSync(log)
    files.append('app.log', 'new\n')
    // The copy is found after the bytes that were read.
    accept(2 * READ)
    await files.until(() => files.lines().length === 2 * READ)
    await files.stop()
    renameSync(files.path('old/app.log.1'), files.path('old/app.log.2'))
    await files.start({ lines: [files.path('*.log')], from: 'start', partialAfter: '1h' })
    await catchUp('new')
    expect(numbers().slice(0, -1)).toEqual(upTo(COUNT))
    expect(files.gaps()).toEqual([])
  })

  it('is read from a copy that is compressed after it was found', async () => {
    await fallBehind()
    copyFileSync(log, files.path('app.log.1'))
    truncateSync(log)
    await looked()
    rmSync(files.path('app.log.1'))
    files.append('app.log', 'new\n')
    await catchUp('new')
    expect(numbers().slice(0, -1)).toEqual(upTo(COUNT))
    expect(files.gaps()).toEqual([])
  })

  it('leaves a gap when its copy was compressed before', async () => {
    const size = await fallBehind()
    copyFileSync(log, files.path('app.log.1.gz'))
    truncateSync(log)
    files.append('app.log', 'new\n')
    await catchUp('new')
    await files.until(() => files.gaps().length > 0)
    expect(reasons()[0]).toContain(` to ${size} were not read of ${log} before`)
  })

  it('is read from a copy that lacks what was written after it, and that is a gap', async () => {
    await fallBehind()
    copyFileSync(log, files.path('app.log.1'))
    const copied = statSync(log).size
    files.append('app.log', text(COUNT + 1, COUNT + 10))
    await looked()
    truncateSync(log)
    files.append('app.log', 'new\n')
    await catchUp('new')
    await files.until(() => files.gaps().length > 0)
    expect(numbers().slice(0, -1)).toEqual(upTo(COUNT))
    expect(reasons()).toEqual([
      `bytes ${copied} to ${text(1, COUNT + 10).length} were not read of ${log} before it was truncated or replaced`,
    ])
  })

  it.each([
    ['removed', () => rmSync(log)],
    ['renamed', () => renameSync(log, files.path('elsewhere'))],
  ])('is read to its end when it is %s', async (_, change) => {
    await fallBehind()
    change()
    files.append('app.log', 'new\n')
    await catchUp('new')
    expect(numbers().slice(0, -1)).toEqual(upTo(COUNT))
    expect(files.gaps()).toEqual([])
  })

  it('that is truncated while the hub is stopped leaves a gap with the bytes that the hub knew', async () => {
    const size = await fallBehind()
    await files.stop()
    truncateSync(log)
    files.append('app.log', 'new\n')
    accept(Number.POSITIVE_INFINITY)
    await files.start({ lines: [files.path('*.log')], from: 'start', partialAfter: '1h' })
    await files.until(() => files.gaps().length > 0 && files.lines().at(-1) === 'new')
    expect(files.lines()).toHaveLength(READ + 1)
    expect(reasons()).toEqual([
      `bytes ${text(1, READ).length} to ${size}, and any later ones, were not read of ${log}, which was truncated or replaced while it was not followed`,
    ])
  })

  it('leaves a gap for content that came after it and disappears while the hub is stopped', async () => {
    await fallBehind()
    truncateSync(log)
    await looked()
    files.append('app.log', `${'second\n'.repeat(10)}`)
    await looked()
    await files.stop()
    truncateSync(log)
    files.append('app.log', 'third\n')
    accept(Number.POSITIVE_INFINITY)
    await files.start({ lines: [files.path('*.log')], from: 'start', partialAfter: '1h' })
    await files.until(() => files.gaps().length === 2 && files.lines().at(-1) === 'third')
    expect(reasons()).toContain(
      `bytes 0 to 70, and any later ones, were not read of ${log}, which was truncated or replaced while it was not followed`,
    )
  })

  it('leaves one gap over several restarts, also if there is nothing to read after it', async () => {
    await fallBehind()
    truncateSync(log)
    await looked()
    await files.stop()
    for (let start = 0; start < 3; start++) {
      await files.start({ lines: [files.path('*.log')], from: 'start', partialAfter: '1h' })
      await files.until(() => files.gaps().length > 0)
      await files.stop()
    }
    expect(files.gaps()).toHaveLength(1)
  })

  it('that is truncated and whose lines still wait when the hub stops leaves one gap with all of them', async () => {
    const size = await fallBehind()
    truncateSync(log)
    await looked()
    await files.stop()
    files.append('app.log', 'new\n')
    accept(Number.POSITIVE_INFINITY)
    await files.start({ lines: [files.path('*.log')], from: 'start', partialAfter: '1h' })
    await files.until(() => files.gaps().length > 0 && files.lines().at(-1) === 'new')
    expect(reasons()).toEqual([
      `bytes ${text(1, READ).length} to ${size} were not read of ${log} before it was truncated or replaced`,
    ])
  })
})

it('a file that begins in the same way as the one before is told from it by what follows', async () => {
  const header = `${'# the header of each file'.repeat(20)}\n`
  await files.start({ lines: [log], from: 'start' })
  files.append('app.log', header + text(1, 3))
  await files.until(() => files.lines().length === 4)
  writeFileSync(log, `${header}${text(4, 9)}end\n`)
  await files.until(() => files.lines().at(-1) === 'end')
  expect(numbers().filter((number) => number > 0)).toEqual(upTo(9))
  await files.stop()
  writeFileSync(log, `${header}${text(10, 30)}end\n`)
  await files.start({ lines: [log], from: 'start' })
  await files.until(() => files.lines().filter((line) => line === 'end').length === 2)
  expect(numbers().filter((number) => number > 0)).toEqual(upTo(30))
})

it('bytes at the end that are cut away before they were read are a gap', async () => {
  const size = await fallBehind()
  truncateSync(log, size - lineOf(COUNT).length * 10)
  await looked()
  files.append('app.log', 'new\n')
  await catchUp('new')
  await files.until(() => files.gaps().length > 0)
  expect(numbers().slice(0, -1)).toEqual(upTo(COUNT - 10))
  expect(reasons()).toEqual([
    `bytes ${size - lineOf(COUNT).length * 10} to ${size} were not read of ${log} before it was truncated or replaced`,
  ])
})

describe('a writer that does not append, and goes on at its offset after a truncation', () => {
  it('leaves a hole that is skipped, however long, and the line after it is whole', async () => {
    files.append('app.log', '')
    await files.start({ lines: [log], maxLine: '1KiB' })
    const file = openSync(log, 'w')
    const write = (line: string, at?: number) => writeSync(file, `${line}\n`, at)
    write('one')
    await files.until(() => files.lines().length === 1)
    truncateSync(log)
    write('two')
    await files.until(() => files.lines().length === 2)
    truncateSync(log)
    write('three', 1_000_003)
    await files.until(() => files.lines().length === 3)
    write('', 1_000_009)
    write('four', 1_000_010)
    closeSync(file)
    await files.until(() => files.lines().length === 5)
    expect(files.data).toEqual(
      [
        ['one', 0],
        ['two', 4],
        ['three', 1_000_003],
        ['', 1_000_009],
        ['four', 1_000_010],
      ].map(([line, offset]) => ({ file: log, line, offset })),
    )
    expect(files.gaps()).toEqual([])
    expect(files.runner.status().health?.details.nullBytes).toBe(4 + 1_000_003)
  })

  it('leaves a gap for what was not read before, although the file begins with a hole each time', async () => {
    accept(READ)
    files.append('app.log', '')
    await files.start({ lines: [log], from: 'start' })
    const file = openSync(log, 'w')
    const hole = 100_000
    writeSync(file, text(1, COUNT), hole)
    await files.until(() => files.lines().length === READ)
    await looked()
    truncateSync(log)
    writeSync(file, 'new\n', 2_000_000)
    closeSync(file)
    await catchUp('new')
    await files.until(() => files.gaps().length > 0)
    const count = files.lines().length - 1
    expect(numbers().slice(0, -1)).toEqual(upTo(count))
    expect(reasons()).toEqual([
      `bytes ${hole + text(1, count).length} to ${hole + text(1, COUNT).length} were not read of ${log} before it was truncated or replaced`,
    ])
  })
})
