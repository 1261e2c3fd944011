import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { requireTool } from '../../helpers/tools.js'
import { openLmdb } from '../../log/lmdb-folder.js'
import { numbersBySeq } from './numbers-by-seq.js'

const run = promisify(execFile)
const program = (name: string) => [process.execPath, join(import.meta.dirname, name)]

/** Returns the reports of the program as one object. */
async function factsOf(command: string, args: string[], env = {}): Promise<Record<string, unknown>> {
  const { stdout } = await run(command, args, { env: { ...process.env, ...env }, timeout: 60_000 })
  return Object.assign(
    {},
    ...stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  )
}

/** Runs the program on its own file system, in a mount namespace that ends with the program. */
function onSmallDisk(name: string, size: string, way = ''): Promise<Record<string, unknown>> {
  const disk = temporaryFolder('log')
  const script = 'mount -t tmpfs -o size="$2" tmpfs "$1" && exec "$3" "$4" "$1" "$5"'
  const asRoot = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']
  return factsOf('unshare', [
    ...asRoot,
    '--mount',
    'sh',
    '-c',
    script,
    'sh',
    disk,
    size,
    ...program(name),
    way,
  ])
}

test('a flush that fails is never reported as durable, and the log recovers by itself', async () => {
  // Commits run on the only thread of the pool; those while opening, on the main thread, are fewer than eight.
  const inject = 'inject=fdatasync:error=EIO:when=8..10'
  const args = [
    '-f',
    '-qq',
    '-o',
    '/dev/null',
    '-e',
    'trace=fdatasync',
    '-e',
    inject,
    ...program('flush-error-child.mjs'),
  ]
  const facts = await factsOf(requireTool('strace'), [...args, temporaryFolder('log')], {
    UV_THREADPOOL_SIZE: '1',
  })
  const before = facts.durableBefore as number
  expect(before).toBeGreaterThan(0)
  expect(facts).toMatchObject({ answer: 'TCN_LOG_WRITE', fault: 'TCN_LOG_WRITE', append: 'TCN_LOG_WRITE' })
  expect(facts.readable).toBe(before + 1)
  expect(facts).toMatchObject({ healed: 'durable', last: before + 2, lost: [] })
  expect(facts.numbers).toEqual(Array.from({ length: before + 2 }, (_, at) => at + 1))
})

test('a write that fails loses no durable event, even if LMDB ends the process because of it', async () => {
  const folder = temporaryFolder('log')
  const inject = 'inject=pwrite64,pwritev:error=EIO:when=40..75+7'
  const args = ['-f', '-qq', '-o', '/dev/null', '-e', 'trace=pwrite64,pwritev', '-e', inject]
  const child = [...program('write-error-child.mjs'), folder, '60']
  const env = { ...process.env, UV_THREADPOOL_SIZE: '1' }
  const ended = run(requireTool('strace'), [...args, ...child], { env, timeout: 60_000 })
  const { stdout } = await ended.catch((error: { stdout: string }) => error)
  const facts = stdout
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line))
  const durable = facts.flatMap((fact) => fact.durable ?? [])
  expect(durable.length).toBeGreaterThan(3)
  expect(facts.some((fact) => fact.answer === 'TCN_LOG_WRITE') || !facts.at(-1)?.closed).toBe(true)
  const log = await openLmdb({ folder })
  const stored = [...(await numbersBySeq(log)).values()]
  await log.close()
  expect(stored).toEqual([...new Set(stored)].sort((a, b) => a - b))
  expect(stored).toEqual(expect.arrayContaining(durable))
})

const full = { answer: 'TCN_LOG_FULL', refused: 'TCN_LOG_FULL', fault: 'TCN_LOG_FULL' }
const healed = { healed: 'durable', waiting: 0, complete: true, lost: [] }

test('a full disk is reported as such, readers continue, and the log recovers without loss', async () => {
  const facts = await onSmallDisk('disk-full-child.mjs', '8m', 'other')
  expect(facts).toMatchObject({ ...full, ...healed, first: 1 })
  expect([facts.readable, facts.seen]).toEqual([facts.appended, facts.appended])
  expect(facts).toMatchObject({ other: 'ENOSPC', open: 'TCN_LOG_FULL' })
})

test('retention makes room on a full disk', async () => {
  const facts = await onSmallDisk('disk-full-child.mjs', '8m', 'compact')
  expect(facts).toMatchObject({ ...full, ...healed, removed: true })
  expect(facts.first).toBeGreaterThan(1)
})

test('a segment that cannot begin on a full disk leaves nothing behind that hides events later', async () => {
  const facts = await onSmallDisk('segment-begin-child.mjs', '24m')
  expect(facts).toMatchObject({ answer: 'TCN_LOG_FULL', segments: 2, folders: 2 })
  expect(facts).toMatchObject({ first: 1, lost: [], readable: facts.appended })
})

test('a log that cannot be written is refused as read-only', async () => {
  expect(await onSmallDisk('read-only-child.mjs', '8m')).toEqual({ open: 'TCN_LOG_READ_ONLY', last: 1 })
})

test('a full disk refuses values of the state store until there is room', async () => {
  const facts = await onSmallDisk('state-full-child.mjs', '8m')
  const stored = facts.stored as number
  expect(stored).toBeGreaterThan(3)
  expect(facts).toMatchObject({
    answer: 'TCN_STATE_WRITE',
    kept: 100_000,
    revision: stored + 2,
    count: stored + 1,
  })
})
