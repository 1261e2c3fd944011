import { deepEqual, equal, ok } from 'node:assert/strict'
import {
  append,
  batchOf,
  type Expected,
  frames,
  type LogTest,
  range,
  readAll,
  sameEvents,
  seqsOf,
  unpack,
} from './tools.js'

/** Tests of `onStored`. */
export function listenerTests(test: LogTest): void {
  test('listeners get every stored frame in order, until they are removed', async (log) => {
    const heard: Expected[] = []
    const remove = log.onStored((batch) => {
      ok(log.last >= batch.lastSeq, 'what is stored can be read')
      heard.push(...unpack(batch))
    })
    for (let nth = 0; nth < 30; nth++) await append(log, frames(1 + (nth % 7), 3000))
    remove()
    const told = heard.length
    await append(log, frames(2))
    equal(heard.length, told)
    sameEvents(heard, await readAll(log, 1, { to: told }))
  })

  test('a listener that appends does not change the order that another listener sees', async (log) => {
    const heard: number[] = []
    let more = 5
    log.onStored(() => {
      if (more-- > 0) log.append(batchOf(frames(2)), () => undefined)
    })
    const all = new Promise<void>((resolve) => {
      log.onStored((batch) => {
        heard.push(...seqsOf(unpack(batch)))
        if (heard.length === 11) resolve()
      })
    })
    await append(log, frames(1))
    await all
    deepEqual(heard, range(1, 11))
  })

  test('listeners receive the producers of a batch with its last frame', async (log) => {
    const producers = [{ key: 'alice/one', first: 4, last: 9, count: 3 }]
    const heard: unknown[] = []
    log.onStored((batch) => heard.push([batch.lastSeq, batch.producers]))
    await append(log, frames(3), producers)
    deepEqual(heard.at(-1), [3, producers])
  })
}
