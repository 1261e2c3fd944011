import { deepEqual, equal, rejects } from 'node:assert/strict'
import { keysOf, read, type StateHarness, type StateTest, text } from './tools.js'

/** Tests of time to live, closing and reopening. */
export function lifetimeTests(test: StateTest, { reopen, pass }: StateHarness): void {
  test('entries are removed when they were not written for their time to live', async (store) => {
    const bucket = store.bucket('producers', { timeToLive: 10_000 })
    const other = store.bucket('meta')
    await bucket.put('old', text('x'))
    await other.put('old', text('x'))
    await pass(6000)
    await bucket.put('new', text('x'))
    deepEqual(await keysOf(bucket), ['new', 'old'])
    const changes: string[] = []
    bucket.watch('', ({ type, key }) => changes.push(`${type} ${key}`))
    await pass(6000)
    equal(await bucket.get('old'), undefined)
    deepEqual(await keysOf(bucket), ['new'])
    await bucket.compareAndSet('old', text('again'), 0)
    await pass(20_000)
    deepEqual(await keysOf(bucket), [])
    while (!changes.includes('delete new')) await pass(1000)
    deepEqual(await keysOf(other), ['old'])
  })

  test('a closed store rejects calls with a specific error', async (store) => {
    const bucket = store.bucket('meta')
    await store.close()
    await rejects(bucket.put('key', text('x')), { code: 'TCN_STATE_CLOSED' })
    await rejects(bucket.get('key'), { code: 'TCN_STATE_CLOSED' })
  })

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
