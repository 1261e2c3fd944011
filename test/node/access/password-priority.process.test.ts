// Runs on each supported Node.js: worker threads.
import { readdirSync, readFileSync } from 'node:fs'
import { expect, it, vi } from 'vitest'
import { FEW, HASH_BYTES, NICE, PasswordHasher } from '../../../src/access/password-hasher.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'

const COST = { N: 2 ** 10, r: 8, p: 1 }
const SALT = Buffer.alloc(16, 7)

/** Threads of this process that let others go first. */
function lowThreads(): number {
  const nice = (thread: string) =>
    Number(readFileSync(`/proc/self/task/${thread}/stat`, 'utf8').split(') ')[1].split(' ')[16])
  return readdirSync('/proc/self/task').filter((thread) => nice(thread) === NICE).length
}

async function hashMany(hasher: PasswordHasher, count: number): Promise<void> {
  for (let nth = 0; nth < count; nth++) await hasher.hash(`${nth}`, SALT, COST)
}

it('hashes a few at the priority of the hub, and prefers all other threads of the machine when there are many', async () => {
  const before = lowThreads()
  const hasher = new PasswordHasher(new FakeRuntime())
  await hashMany(hasher, FEW)
  expect(lowThreads()).toBe(before)
  await hashMany(hasher, 1)
  expect(lowThreads()).toBe(before + 1)
})

it('ends the thread when it has been idle for a minute, and the next one has the priority of the hub again', async () => {
  const runtime = new FakeRuntime()
  const before = lowThreads()
  const hasher = new PasswordHasher(runtime)
  await hashMany(hasher, FEW + 1)
  runtime.advance(59_000)
  await hasher.hash('one', SALT, COST)
  runtime.advance(59_000)
  expect(lowThreads()).toBe(before + 1)
  runtime.advance(1_000)
  expect(await hasher.hash('two', SALT, COST)).toHaveLength(HASH_BYTES)
  await vi.waitUntil(() => lowThreads() === before)
})
