import { deepEqual, ok } from 'node:assert/strict'
import type { StateChange } from '../../../src/state/state-store.js'
import { isRising, type StateTest, text, textOf } from './tools.js'

/** Tests of `watch`. */
export function watchTests(test: StateTest): void {
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
}
