import { expect, it } from 'vitest'
import { TocsinError } from '../../src/errors/tocsin-error.js'
import { CoreFault, coreAnswer } from '../../src/parts/core.js'
import { guardState } from '../../src/state/guarded-state.js'
import { type Bucket, openMemoryState } from '../../src/state/index.js'
import { realRuntime as runtime } from '../helpers/real-runtime.js'
import { keysOf } from '../state/conformance/tools.js'
import { Faults, partOf, throwing } from './faults.js'

const broken = new TypeError('broken')

/** A bucket in which everything throws. */
function brokenBucket(thrown: unknown): Bucket {
  const state = openMemoryState({ runtime })
  const rejects = async () => throwing(thrown)()
  const calls = ['get', 'put', 'putAll', 'compareAndSet', 'delete'].map((name) => [name, rejects])
  const list = () => ({ [Symbol.asyncIterator]: () => ({ next: rejects }) })
  const bucket = { ...state.bucket('meta'), ...Object.fromEntries(calls), list } as unknown as Bucket
  return guardState({ ...state, bucket: () => bucket }).bucket('meta')
}

const calls: [name: string, call: (bucket: Bucket) => Promise<unknown>][] = [
  ['get', (bucket) => bucket.get('key')],
  ['put', (bucket) => bucket.put('key', Buffer.of(1))],
  ['putAll', (bucket) => bucket.putAll([['key', Buffer.of(1)]])],
  ['compareAndSet', (bucket) => bucket.compareAndSet('key', Buffer.of(1), 0)],
  ['delete', (bucket) => bucket.delete('key')],
  ['list', (bucket) => keysOf(bucket)],
]

it.each(calls)(
  'what the state store throws at %s is no fault of the part that has asked',
  async (_, call) => {
    using faults = new Faults()
    const { part, failures } = partOf('source')
    const answer = part.run(() => call(brokenBucket(broken)))
    const thrown = await answer.catch((error) => error)
    expect(thrown).toBeInstanceOf(CoreFault)
    expect(() => part.fail(thrown)).toThrow('broken')
    expect(faults.core).toEqual([broken])
    expect([faults.parts, failures]).toEqual([[], []])
  },
)

it.each(calls)('a refusal of the state store at %s is an answer', async (_, call) => {
  using faults = new Faults()
  const refused = new TocsinError('TCN_STATE_WRITE', 'no room')
  const { part } = partOf('source')
  await expect(part.run(() => call(brokenBucket(refused)))).rejects.toBe(refused)
  expect(faults.core).toEqual([])
})

it('a listener of a part that throws keeps no change from the others, nor from the store', async () => {
  using faults = new Faults()
  const state = guardState(openMemoryState({ runtime }))
  const bucket = state.bucket('meta')
  const { part, failures } = partOf('face')
  const seen: string[] = []
  part.run(() => bucket.watch('', throwing(broken)))
  bucket.watch('', ({ key }) => seen.push(key))
  await bucket.put('one', Buffer.of(1))
  await bucket.put('two', Buffer.of(2))
  expect(seen).toEqual(['one', 'two'])
  expect(failures).toEqual([broken, broken])
  expect(faults.core).toEqual([])
  await state.close()
})

it('entries of a guarded store are listed, and the listing may end early', async () => {
  const bucket = guardState(openMemoryState({ runtime })).bucket('meta')
  for (const key of ['a', 'b', 'c']) await bucket.put(key, Buffer.of(1))
  const keys: string[] = []
  for await (const { key } of bucket.list()) {
    keys.push(key)
    if (key === 'b') break
  }
  expect(keys).toEqual(['a', 'b'])
})

it('an answer of the core that comes later is told apart from what a part throws', async () => {
  using faults = new Faults()
  const { part } = partOf('rule')
  const answer = part.run(() => coreAnswer(async () => throwing(broken)()))
  await expect(answer).rejects.toBeInstanceOf(CoreFault)
  expect(faults.core).toEqual([broken])
})
