import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Producer, Producers, takeRefused } from '../../src/bus/producers.js'
import { type EventLog, openMemoryLog } from '../../src/log/index.js'
import { type Bucket, openMemoryState } from '../../src/state/index.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'

const MANY = { producers: 10_000 }

const name = fc
  .string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 12 })
  .map((text) => text.replaceAll('/', '-'))
const span = fc.record({
  first: fc.integer({ min: 1, max: 40 }),
  length: fc.integer({ min: 0, max: 5 }),
  code: fc.constantFrom(
    'TCN_TAG_TOO_LONG' as const,
    'TCN_BODY_INVALID' as const,
    'TCN_ACCESS_DENIED' as const,
  ),
})
const producer = fc.record({
  principal: name,
  producer: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
  last: fc.integer({ min: 1, max: 2 ** 40 }),
  lastSeq: fc.nat(),
  refused: fc.option(fc.array(span, { maxLength: 4 })),
  forgotten: fc.option(fc.nat(), { nil: undefined }),
})
const producers = fc.uniqueArray(producer, {
  selector: (each) => `${each.principal}/${each.producer}`,
  maxLength: 6,
})

const COUNTERS = Array.from({ length: 50 }, (_, nth) => nth)

/** All that decides how an event of the producer is answered. */
function answersOf({ last, lastSeq, refusals }: Producer) {
  const codes = COUNTERS.map((counter) => refusals?.codeOf(counter))
  return { last, lastSeq, codes, forgotten: refusals?.forgotten ?? 0 }
}

/** A log with one event, which is flushed. */
function flushedLog(runtime: FakeRuntime): EventLog {
  return Object.defineProperties(openMemoryLog({ runtime }), {
    last: { value: 1 },
    durable: { value: () => Promise.resolve() },
  })
}

async function restarted(runtime: FakeRuntime, log: EventLog, bucket: Bucket): Promise<Producers> {
  const found = new Producers(runtime, MANY)
  await found.restore(log, bucket)
  return found
}

it('counters and refusals of producers are after a restart what they were, and count on', async () => {
  await fc.assert(
    fc.asyncProperty(producers, async (given) => {
      const runtime = new FakeRuntime()
      const log = flushedLog(runtime)
      const bucket = openMemoryState({ runtime }).bucket('producers')
      const before = new Producers(runtime, MANY)
      const keys = given.map((each) => Producers.key({ name: each.principal, source: '' }, each.producer))
      for (const [nth, { last, lastSeq, refused, forgotten }] of given.entries()) {
        const made = Object.assign(before.get(keys[nth]), { last, lastSeq })
        const spans = refused?.map(({ first, length, code }) => ({ first, last: first + length, code }))
        if (spans !== undefined) takeRefused(made, { last, refused: spans, forgotten })
      }
      const wanted = keys.map((key) => answersOf(before.get(key)))
      await before.save(log, bucket)
      const after = await restarted(runtime, log, bucket)
      expect(keys.map((key) => answersOf(after.get(key)))).toEqual(wanted)
      expect(bucket.damaged.size).toBe(0)

      after.follow(
        keys.map((key, nth) => ({ key, first: given[nth].last + 1, last: given[nth].last + 1, count: 1 })),
      )
      await after.save(log, bucket)
      const again = await restarted(runtime, log, bucket)
      expect(keys.map((key) => again.lastOf(key))).toEqual(given.map(({ last }) => last + 1))
    }),
  )
})

it('what is no record of a producer is reported, and is gone when the counters are stored again', async () => {
  const damaged = fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.constant(Uint8Array.of(0x93, 0xc0, 1, 1)))
  await fc.assert(
    fc.asyncProperty(damaged, async (value) => {
      const runtime = new FakeRuntime()
      const log = flushedLog(runtime)
      const bucket = openMemoryState({ runtime }).bucket('producers')
      const before = new Producers(runtime, MANY)
      before.get('a/sound').last = 7
      await before.save(log, bucket)
      await bucket.put('p/a/damaged', value)
      const after = await restarted(runtime, log, bucket)
      expect(after.lastOf('a/damaged')).toBe(0)
      await after.save(log, bucket)
      expect(await bucket.get('p/a/damaged')).toBeUndefined()
      expect((await restarted(runtime, log, bucket)).lastOf('a/sound')).toBe(7)
    }),
  )
})
