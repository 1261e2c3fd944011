import { deepEqual, equal, ok, rejects, throws } from 'node:assert/strict'
import { BUCKETS } from '../../../src/state/state-store.js'
import { isRising, read, type StateTest, text, textOf } from './tools.js'

/** Tests of keys, values and revisions. */
export function entryTests(test: StateTest): void {
  test('a value is kept under its key until it is deleted', async (store) => {
    const bucket = store.bucket('meta')
    equal(await bucket.get('key'), undefined)
    equal(await bucket.put('key', text('one')), 1)
    deepEqual(await read(bucket, 'key'), ['one', 1])
    equal(await bucket.put('key', text('two')), 2)
    deepEqual(await read(bucket, 'key'), ['two', 2])
    await bucket.delete('key')
    equal(await bucket.get('key'), undefined)
    await bucket.delete('key')
    await bucket.put('empty', new Uint8Array(0))
    deepEqual(await read(bucket, 'empty'), ['', 4])
  })

  test('buckets are independent of each other', async (store) => {
    for (const name of BUCKETS) equal(await store.bucket(name).put('same', text(name)), 1)
    for (const name of BUCKETS) deepEqual(await read(store.bucket(name), 'same'), [name, 1])
  })

  test('revisions rise with every write to a bucket, even after a deletion', async (store) => {
    const bucket = store.bucket('jobs')
    const revisions = [await bucket.put('a', text('1')), await bucket.put('b', text('1'))]
    await bucket.delete('b')
    revisions.push(await bucket.put('b', text('2')), await bucket.put('a', text('2')))
    ok(isRising(revisions))
  })

  test('compareAndSet writes only if the entry has not changed', async (store) => {
    const bucket = store.bucket('consumers')
    const first = await bucket.compareAndSet('key', text('one'), 0)
    await rejects(bucket.compareAndSet('key', text('other'), 0), { code: 'TCN_STATE_CONFLICT' })
    const second = await bucket.compareAndSet('key', text('two'), first)
    await rejects(bucket.compareAndSet('key', text('other'), first), {
      code: 'TCN_STATE_CONFLICT',
      details: { key: 'key', expected: first, actual: second },
    })
    await bucket.delete('key')
    await rejects(bucket.compareAndSet('key', text('other'), second), { code: 'TCN_STATE_CONFLICT' })
    await bucket.compareAndSet('key', text('three'), 0)
    equal((await read(bucket, 'key'))?.[0], 'three')
  })

  test('one of several concurrent compareAndSet calls succeeds each time', async (store) => {
    const bucket = store.bucket('sessions')
    const count = async () => {
      for (;;) {
        const entry = await bucket.get('counter')
        const next = text(String(Number(entry === undefined ? 0 : String(textOf(entry))) + 1))
        try {
          await bucket.compareAndSet('counter', next, entry?.revision ?? 0)
          return
        } catch (error) {
          equal((error as { code?: string }).code, 'TCN_STATE_CONFLICT')
        }
      }
    }
    await Promise.all(Array.from({ length: 8 }, count))
    equal((await read(bucket, 'counter'))?.[0], '8')
  })

  test('concurrent writes to one key are stored in order', async (store) => {
    const bucket = store.bucket('views')
    const writes = Array.from({ length: 50 }, (_, at) => bucket.put('key', text(String(at))))
    ok(isRising(await Promise.all(writes)))
    equal((await read(bucket, 'key'))?.[0], '49')
    const last = bucket.put('key', text('gone'))
    await Promise.all([last, bucket.delete('key')])
    equal(await bucket.get('key'), undefined)
  })

  test('several values are stored in their order, after what was begun before', async (store) => {
    const bucket = store.bucket('rules')
    const before = bucket.put('b', text('before'))
    const all = bucket.putAll([
      ['c', text('1')],
      ['b', text('2')],
      ['a', text('3')],
    ])
    const after = bucket.put('b', text('after'))
    await Promise.all([before, all, after])
    const [c, b, a] = await Promise.all(['c', 'b', 'a'].map((key) => read(bucket, key)))
    deepEqual([c?.[0], b?.[0], a?.[0]], ['1', 'after', '3'])
    ok(c![1] < a![1])
    const refused = bucket.putAll([
      ['d', text('1')],
      ['', text('2')],
    ])
    await rejects(refused, { code: 'TCN_STATE_INVALID' })
    equal(await bucket.get('d'), undefined)
    await bucket.putAll([])
  })

  test('stored and returned values are independent copies', async (store) => {
    const bucket = store.bucket('meta')
    const value = text('mine')
    const put = bucket.put('key', value)
    value.fill(0)
    await put
    const entry = await bucket.get('key')
    equal(entry && textOf(entry), 'mine')
    entry?.value.fill(0)
    equal((await read(bucket, 'key'))?.[0], 'mine')
  })

  test('invalid keys, values and names are rejected with specific errors', async (store) => {
    const bucket = store.bucket('meta')
    const refused = { code: 'TCN_STATE_INVALID' }
    for (const key of ['', 'x'.repeat(513), 'é'.repeat(257), 'a\nb', 'a\u0000', '\u007f', '\ud800']) {
      await rejects(bucket.put(key, text('x')), refused)
      await rejects(bucket.get(key), refused)
    }
    await bucket.put('é'.repeat(256), text('x'))
    await rejects(bucket.put('key', new Uint8Array(1024 * 1024 + 1)), refused)
    await bucket.put('large', new Uint8Array(1024 * 1024).fill(7))
    equal((await bucket.get('large'))?.value.length, 1024 * 1024)
    throws(() => store.bucket('nothing' as 'meta'), refused)
  })
}
