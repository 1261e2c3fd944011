import { deepEqual, equal, ok, rejects, throws } from 'node:assert/strict'
import { BUCKETS, type Bucket, type StateChange, type StateEntry, type StateStore } from './state-store.js'

/** An engine as the conformance suite sees it. */
export interface StateHarness {
  /** Opens a new, empty store. The suite closes it. */
  open(): Promise<StateStore>
  /** Closes the store and opens it again; left out by engines that keep nothing. */
  reopen?(store: StateStore): Promise<StateStore>
  /** Lets this number of ms pass for the store, timers included. */
  pass(ms: number): Promise<void>
}

/**
 * Tests what every engine of `StateStore` must do. `register` is the test function of any runner:
 *
 *   stateStoreConformance(test, { open: () => openMyState(), pass })
 */
export function stateStoreConformance(
  register: (name: string, run: () => Promise<void>) => void,
  harness: StateHarness,
): void {
  const test = (name: string, run: (store: StateStore) => Promise<void>) =>
    register(name, async () => {
      const store = await harness.open()
      try {
        await run(store)
      } finally {
        await store.close()
      }
    })

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

  test('watch reports every later change, in order, until it is stopped', async (store) => {
    const bucket = store.bucket('sources')
    await bucket.put('a/1', text('before'))
    const changes: StateChange[] = []
    const stop = bucket.watch('a/', (change) => changes.push(change))
    const two = bucket.put('a/2', text('two'))
    const other = bucket.put('b', text('not mine'))
    const gone = bucket.delete('a/1')
    await Promise.all([two, other, gone])
    await bucket.delete('a/3')
    stop()
    await bucket.put('a/4', text('after'))
    deepEqual(
      changes.map((change) => [change.type, change.key, change.type === 'put' ? textOf(change) : '']),
      [
        ['put', 'a/2', 'two'],
        ['delete', 'a/1', ''],
      ],
    )
    ok(isRising(changes.map(({ revision }) => revision)))
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

  test('entries are removed when they were not written for their time to live', async (store) => {
    const bucket = store.bucket('producers', { timeToLive: 10_000 })
    const other = store.bucket('meta')
    await bucket.put('old', text('x'))
    await other.put('old', text('x'))
    await harness.pass(6000)
    await bucket.put('new', text('x'))
    deepEqual(await keysOf(bucket), ['new', 'old'])
    const changes: string[] = []
    bucket.watch('', ({ type, key }) => changes.push(`${type} ${key}`))
    await harness.pass(6000)
    equal(await bucket.get('old'), undefined)
    deepEqual(await keysOf(bucket), ['new'])
    await bucket.compareAndSet('old', text('again'), 0)
    await harness.pass(20_000)
    deepEqual(await keysOf(bucket), [])
    while (!changes.includes('delete new')) await harness.pass(1000)
    deepEqual(await keysOf(other), ['old'])
  })

  test('a closed store rejects calls with a specific error', async (store) => {
    const bucket = store.bucket('meta')
    await store.close()
    await rejects(bucket.put('key', text('x')), { code: 'TCN_STATE_CLOSED' })
    await rejects(bucket.get('key'), { code: 'TCN_STATE_CLOSED' })
  })

  const { reopen } = harness
  if (reopen === undefined) return

  test('everything is kept over a restart, and revisions continue', async (store) => {
    const bucket = store.bucket('jobs')
    await bucket.put('kept', text('kept'))
    await bucket.put('gone', text('gone'))
    await bucket.delete('gone')
    const last = await bucket.put('kept', text('kept again'))
    await bucket.delete('kept')
    await bucket.put('kept', text('for good'))
    const again = await reopen(store)
    const same = again.bucket('jobs')
    deepEqual(await keysOf(same), ['kept'])
    deepEqual(await read(same, 'kept'), ['for good', last + 2])
    equal(await same.put('more', text('x')), last + 3)
    await again.close()
  })
}

function text(content: string): Uint8Array {
  return Uint8Array.from(Buffer.from(content))
}

function textOf({ value }: { value: Uint8Array }): string {
  return Buffer.from(value).toString()
}

async function read(bucket: Bucket, key: string): Promise<[string, number] | undefined> {
  const entry: StateEntry | undefined = await bucket.get(key)
  return entry && [textOf(entry), entry.revision]
}

async function keysOf(bucket: Bucket, prefix?: string, after?: string): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of bucket.list(prefix, after)) keys.push(key)
  return keys
}

function isRising(numbers: readonly number[]): boolean {
  return numbers.every((number, at) => at === 0 || number > numbers[at - 1])
}
