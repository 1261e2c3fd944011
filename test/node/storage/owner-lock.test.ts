// Runs on each supported Node.js: LMDB, a native module.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Owner, OwnerLock } from '../../../src/storage/owner-lock.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

let folder: string
let file: string
let runtime: FakeRuntime
const { PATH } = process.env

beforeEach(() => {
  folder = temporaryFolder('owner')
  file = join(folder, 'owner')
  runtime = new FakeRuntime()
})

afterEach(() => {
  process.env.PATH = PATH
})

async function lock(): Promise<OwnerLock> {
  const taken = await OwnerLock.take(file, runtime)
  expect(taken).toBeInstanceOf(OwnerLock)
  return taken as OwnerLock
}

const owner = (): Owner => JSON.parse(readFileSync(file, 'utf8'))
const write = (content: Partial<Owner>) =>
  writeFileSync(file, JSON.stringify({ ...owner(), ...content }).padEnd(1024))
/** Simulates an image that lacks the program `flock`. */
const withoutKernelLock = () => {
  process.env.PATH = folder
}

test('a second claimant receives the owner, until the owner releases the lock', async () => {
  const first = await lock()
  expect(await OwnerLock.take(file, runtime)).toMatchObject({ pid: process.pid })
  first.release()
  const second = await lock()
  second.release()
})

test("the kernel holds the lock even if the owner's record is empty", async () => {
  const first = await lock()
  writeFileSync(file, '')
  const claim = OwnerLock.take(file, realRuntime)
  expect(await claim).not.toBeInstanceOf(OwnerLock)
  first.release()
})

test('the record of a process that has ended is ignored when the kernel grants the lock', async () => {
  const gone = await lock()
  const record = readFileSync(file)
  gone.release()
  writeFileSync(file, record)
  const taken = await lock()
  taken.release()
})

test('without the kernel, an owner on another host counts as alive while its heartbeat rises', async () => {
  withoutKernelLock()
  const first = await lock()
  write({ boot: 'another', machine: 'another', token: 'theirs' })
  const claim = OwnerLock.take(file, runtime)
  write({ beat: 99 })
  runtime.advance(5000)
  expect(await claim).toMatchObject({ token: 'theirs', beat: 99 })
  first.release()
})

test('without the kernel, an owner on another host is overtaken when its heartbeat stops', async () => {
  withoutKernelLock()
  const first = await lock()
  first.release()
  writeFileSync(file, JSON.stringify({ pid: 1, start: '1', boot: 'x', machine: 'y', token: 'z', beat: 3 }))
  const claim = OwnerLock.take(file, runtime)
  runtime.advance(5000)
  const second = await claim
  expect(second).toBeInstanceOf(OwnerLock)
  ;(second as OwnerLock).release()
})

test('an owner whose file names another one is notified within a beat, and permanently', async () => {
  const first = await lock()
  const overtaken: Owner[] = []
  first.onOvertaken = (by) => overtaken.push(by)
  write({ token: 'theirs', pid: 4711 })
  runtime.advance(1000)
  expect(overtaken).toMatchObject([{ pid: 4711 }])
  writeFileSync(file, '')
  expect(first.overtakenBy).toMatchObject({ pid: 4711 })
  first.release()
})
