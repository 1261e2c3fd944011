import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  type ConsumerRecord,
  decodeRecord,
  encodeRecord,
} from '../../../src/bus/consumers/consumer-record.js'

const count = fc.maxSafeNat()
const record = fc.record(
  {
    filter: fc.string(),
    created: count,
    position: fc.record({
      epoch: fc.string(),
      taken: count,
      open: fc.array(fc.record({ seq: count, tries: count }), { maxLength: 5 }),
    }),
    claim: count,
    isFinal: fc.constant(true as const),
    doubt: fc.record({ seq: count, events: count }, { requiredKeys: ['seq'] }),
  },
  { requiredKeys: ['filter', 'created', 'position'] },
)

it('a record is read as it was written', () => {
  const isKept = (each: ConsumerRecord) => {
    expect(decodeRecord(encodeRecord(each))).toEqual(each)
  }
  fc.assert(fc.property(record, isKept))
})

it.each([null, 1, { events: 1 }, { seq: -1 }, { seq: 1, events: 'all' }])(
  'a record whose doubt is %j is damaged',
  (doubt) => {
    const position = { epoch: 'e', taken: 0, open: [] }
    const damaged = encodeRecord({ filter: 'f', created: 0, position, doubt: doubt as never })
    expect(() => decodeRecord(damaged)).toThrow('other fields')
  },
)
