import { deepEqual, equal } from 'node:assert/strict'
import { keysOf, type StateTest, text, textOf } from './tools.js'

/** Tests of `list`. */
export function listTests(test: StateTest): void {
  test('list returns the entries with a prefix, sorted by key', async (store) => {
    const bucket = store.bucket('parked')
    const keys = ['b/2', 'a', 'b/10', 'b', 'bb', 'b/', 'é', '\u{1f514}', '\uffee', 'Z', 'a b']
    await Promise.all(keys.map((key) => bucket.put(key, text(key))))
    const sorted = [...keys].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)))
    deepEqual(await keysOf(bucket), sorted)
    deepEqual(await keysOf(bucket, 'b'), ['b', 'b/', 'b/10', 'b/2', 'bb'])
    deepEqual(await keysOf(bucket, 'b/'), ['b/', 'b/10', 'b/2'])
    deepEqual(await keysOf(bucket, 'nothing'), [])
    for await (const entry of bucket.list()) equal(textOf(entry), entry.key)
  })

  test('list continues after a key', async (store) => {
    const bucket = store.bucket('parked')
    for (const key of ['a/1', 'b/1', 'b/2', 'b/3', 'c/1']) await bucket.put(key, text(key))
    deepEqual(await keysOf(bucket, 'b/', 'b/1'), ['b/2', 'b/3'])
    deepEqual(await keysOf(bucket, 'b/', 'b/11'), ['b/2', 'b/3'])
    deepEqual(await keysOf(bucket, 'b/', 'a'), ['b/1', 'b/2', 'b/3'])
    deepEqual(await keysOf(bucket, 'b/', 'c'), [])
    deepEqual(await keysOf(bucket, '', 'b/3'), ['c/1'])
  })

  test('a long list is complete, even when entries are written while it is read', async (store) => {
    const bucket = store.bucket('producers')
    const keys = Array.from({ length: 2000 }, (_, at) => `key/${String(at).padStart(5, '0')}`)
    await Promise.all(keys.map((key) => bucket.put(key, text(key))))
    const found: string[] = []
    for await (const { key } of bucket.list('key/')) {
      if (found.push(key) === 1000) {
        await bucket.delete('key/01999')
        await bucket.put('other', text('x'))
      }
    }
    deepEqual(found, keys.slice(0, -1))
  })
}
