import { expect, it } from 'vitest'
import type { ConsumersApi } from '../../../src/bus/consumers/consumers.js'
import { ParkedEvents } from '../../../src/bus/consumers/parked-events.js'
import { ParkedStore } from '../../../src/bus/consumers/parked-store.js'
import { TocsinError } from '../../../src/errors/tocsin-error.js'
import { encode, encodeFrame } from '../../../src/event/index.js'
import type { Matcher } from '../../../src/filter/matcher.js'
import { openMemoryState } from '../../../src/state/index.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'

const parking = { tries: 1, reason: 'x', parkedAt: 1 }
const refOf = (seq: number) => ({ consumer: 'a', epoch: 'epochofatest0', seq })

it('a parked event that is damaged is left out of a list, and stays in the store', async () => {
  const bucket = openMemoryState({ runtime: new FakeRuntime() }).bucket('parked')
  let fault: TocsinError | undefined
  const get = bucket.get.bind(bucket)
  bucket.get = async (key) => {
    if (fault !== undefined && key === 'frame/a/epochofatest0-0000000000000002/0') throw fault
    return get(key)
  }
  const parked = new ParkedStore(bucket)
  for (const seq of [1, 2, 3])
    await parked.put(refOf(seq), parking, encodeFrame({ tag: `t/${seq}`, source: 's', body: encode(seq) }))
  const consumers = { parked, mayConsume: () => true, check: () => undefined } as unknown as ConsumersApi
  const rights = { matches: () => true } as unknown as Matcher
  const events = new ParkedEvents(consumers, { name: 'p' } as never, rights)
  const listed = async () => {
    const seqs: number[] = []
    for await (const { ref } of events.list('a')) seqs.push(ref.seq)
    return seqs
  }
  fault = new TocsinError('TCN_STATE_CORRUPT')
  expect(await listed()).toEqual([1, 3])
  fault = new TocsinError('TCN_STATE_CLOSED')
  await expect(listed()).rejects.toMatchObject({ code: 'TCN_STATE_CLOSED' })
  fault = undefined
  expect(await listed()).toEqual([1, 2, 3])
})
