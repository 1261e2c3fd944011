import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type ParkedRef, ParkedStore, type Parking } from '../../../src/bus/consumers/parked-store.js'
import { encode } from '../../../src/event/index.js'
import { openLmdbState, openMemoryState, type StateStore } from '../../../src/state/index.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

const runtime: FakeRuntime = Object.assign(new FakeRuntime(), {
  soon: (run: () => void) => void setImmediate(run),
})

type Reopen = (state: StateStore) => Promise<StateStore>

const engines: [name: string, open: () => Promise<[StateStore, Reopen]>, numRuns: number][] = [
  ['in memory', async () => [openMemoryState({ runtime }), async (state) => state], 100],
  [
    'on a disk',
    async () => {
      const folder = temporaryFolder('parked')
      const open = () => openLmdbState({ runtime, folder })
      return [
        await open(),
        async (state) => {
          await state.close()
          return open()
        },
      ]
    },
    8,
  ],
]

const parking = fc.record({
  tries: fc.nat(20),
  reason: fc.string({ unit: 'binary', maxLength: 50 }),
  parkedAt: fc.nat(2 ** 31).map((seconds) => seconds * 1e6),
})
const steps = fc.array(
  fc.record({
    does: fc.constantFrom('put', 'put', 'again', 'want', 'delete', 'restart'),
    seq: fc.integer({ min: 1, max: 4 }),
    consumer: fc.constantFrom('a', 'sink.b', 'rule.c'),
    parking,
    bytes: fc.constantFrom(0, 1, 100, 256 * 1024, 256 * 1024 + 1),
  }),
  { maxLength: 20 },
)

interface Model {
  record: Parking & { reparkedFrom?: Parking; wanted?: boolean }
  bytes: number
}

it.each(engines)('parked events are after any restart what they were, %s', async (_, open, numRuns) => {
  await fc.assert(
    fc.asyncProperty(steps, async (steps) => {
      const model = new Map<string, Model>()
      let [state, reopen] = await open()
      let store = new ParkedStore(state.bucket('parked'))
      await store.restore()
      for (const { does, seq, consumer, parking, bytes } of steps) {
        const ref: ParkedRef = { consumer, epoch: 'epochofatest0', seq }
        const key = JSON.stringify(ref)
        const known = model.get(key)
        if (does === 'put') {
          await store.put(ref, parking, Buffer.alloc(bytes, seq))
          model.set(key, { record: parking, bytes })
        } else if (does === 'again') {
          await store.putAgain(ref, parking)
          if (known !== undefined) {
            const { tries, reason, parkedAt } = known.record
            model.set(key, { ...known, record: { ...parking, reparkedFrom: { tries, reason, parkedAt } } })
          }
        } else if (does === 'want') {
          expect(await store.want(ref)).toBe(known !== undefined)
          if (known !== undefined) model.set(key, { ...known, record: { ...known.record, wanted: true } })
        } else if (does === 'delete') {
          expect(await store.delete(ref)).toBe(model.delete(key))
        } else {
          store.close()
          state = await reopen(state)
          store = new ParkedStore(state.bucket('parked'))
          await store.restore()
        }
      }
      await expectAll(store, model)
      await state.close()
    }),
    { numRuns },
  )
})

async function expectAll(store: ParkedStore, model: ReadonlyMap<string, Model>): Promise<void> {
  const found: string[] = []
  for await (const { ref } of store.list('')) found.push(JSON.stringify(ref))
  expect(found.sort()).toEqual([...model.keys()].sort())
  expect(store.count).toBe(model.size)
  for (const [key, { record, bytes }] of model) {
    const ref = JSON.parse(key) as ParkedRef
    expect(await store.get(ref)).toMatchObject(record)
    const frame = Buffer.from((await store.frame(ref))!)
    expect(frame.equals(Buffer.alloc(bytes, ref.seq))).toBe(true)
  }
}

it.each([null, 1, 'text', {}, { tries: 1, reason: 'x', parkedAt: 1 }])(
  'an entry that is %j is left out and reported, and parked again when that is asked',
  async (foreign) => {
    const bucket = openMemoryState({ runtime }).bucket('parked')
    const ref: ParkedRef = { consumer: 'a', epoch: 'epochofatest0', seq: 1 }
    const other = { ...ref, seq: 2 }
    const parking = { tries: 1, reason: 'x', parkedAt: 1 }
    const store = new ParkedStore(bucket)
    await store.restore()
    await store.put(other, parking, Buffer.from('frame'))
    const key = 'entry/a/epochofatest0-0000000000000001'
    await bucket.put(key, encode(foreign))
    expect([...bucket.damaged.keys()]).toEqual([key])
    const found: number[] = []
    for await (const each of store.list('')) found.push(each.ref.seq)
    expect(found).toEqual([2])
    expect([await store.get(ref), await store.frame(ref)]).toEqual([undefined, undefined])
    expect([await store.want(ref), await store.delete(ref)]).toEqual([false, false])
    await store.putAgain(ref, parking)
    await store.put(ref, parking, Buffer.from('again'))
    expect(bucket.damaged.size).toBe(0)
    expect(await store.get(ref)).toMatchObject(parking)
  },
)
