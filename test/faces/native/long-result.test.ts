import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_BODY_DEPTH } from '../../../src/event/frame.js'
import { decode } from '../../../src/event/msgpack/decoder.js'
import { encode } from '../../../src/event/msgpack/encoder.js'
import { longResult } from '../../../src/faces/native/long-result.js'
import { finished } from '../../../src/incremental/steps.js'

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index)

describe('a result', () => {
  it('without a list of more than 100 items is left as it is', () => {
    for (const result of [undefined, null, 7, 'text', numbers(100), { list: numbers(100), text: 'a' }])
      expect(longResult(result)).toBeUndefined()
  })

  it('with long lists has a step for each 100 of their items', () => {
    const steps = longResult({ first: numbers(250), few: numbers(3), second: numbers(101) })
    expect([...(steps ?? [])]).toHaveLength(3 + 2)
  })

  it('that is a long list itself is encoded in steps too', () => {
    const steps = longResult(numbers(250))
    expect(steps && decode(encode(finished(steps)))).toEqual(numbers(250))
  })

  it('with too many levels is refused, as in one piece', () => {
    let deep: unknown = 1
    for (let levels = 0; levels < MAX_BODY_DEPTH - 2; levels++) deep = [deep]
    const steps = longResult({ list: Array(101).fill(deep) })
    expect(() => steps && finished(steps)).toThrow(expect.objectContaining({ code: 'TCN_BODY_DEPTH' }))
  })

  it('is the same for its reader, whether its lists were encoded in steps or at once', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(100, 101, 115, 116, 200, 1000, 65_535, 65_536),
        fc.jsonValue({ maxDepth: 1 }),
        (count, item) => {
          const result = { before: 1, list: Array(count).fill(item), after: ['x'], left: undefined }
          const steps = longResult(result)
          const made = steps === undefined ? result : finished(steps)
          expect(decode(encode(made))).toEqual(decode(encode(result)))
        },
      ),
      { numRuns: 20 },
    )
  })
})
