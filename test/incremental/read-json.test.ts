import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decode } from '../../src/event/index.js'
import { Encoded } from '../../src/event/msgpack/values.js'
import {
  LONG_JSON_BYTES,
  readJson,
  readJsonEvents,
  readJsonFields,
  readJsonMap,
  readJsonObjects,
} from '../../src/incremental/read-json.js'
import { finished } from '../../src/incremental/steps.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'

const runtime = new FakeRuntime()

/** What a reader returns, or the code of what it throws. */
function outcome(steps: Generator<undefined, unknown>): unknown {
  try {
    return plain(finished(steps))
  } catch (error) {
    return (error as { code: string }).code
  }
}

/** A value whose parts that are msgpack are decoded. */
function plain(value: unknown): unknown {
  if (value instanceof Encoded) return decode(value.bytes)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(plain)
  const entries = Object.entries(value).map(([key, each]) => [key, plain(each)])
  return Object.fromEntries(entries)
}

/** The same JSON, short and long: white space after it makes no difference. */
function bothOf(text: string): [short: Buffer, long: Buffer] {
  return [Buffer.from(text), Buffer.from(text + ' '.repeat(LONG_JSON_BYTES))]
}

const texts = fc.oneof(
  fc.json({ maxDepth: 4 }),
  fc.array(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }))).map((events) => JSON.stringify(events)),
  fc.constantFrom('', '{', '{"a":1,"a":2}', '[1,]', '1e999', '{"event":{"data":[1]}}', '"\\ud800"'),
)

describe('short and long JSON', () => {
  it.each([
    ['a value', (json: Buffer) => readJson(json, runtime)],
    ['objects', (json: Buffer) => readJsonObjects(json, runtime)],
    ['a map', (json: Buffer) => readJsonMap(json, runtime, 'event')],
  ])('is read as %s with the same result', (_, read) => {
    fc.assert(
      fc.property(texts, (text) => {
        const [short, long] = bothOf(text).map((json) => outcome(read(json)))
        expect(long).toEqual(short)
      }),
    )
  })

  it('is read as events with the same result', () => {
    const eventsOf = (json: Buffer) => {
      const { isList, count, values } = finished(readJsonEvents(json, runtime, 1000))
      const isEvent = (value: unknown) => typeof value === 'object' && !Array.isArray(value)
      return { isList, count, values: [...values].map((value) => (isEvent(value) ? plain(value) : null)) }
    }
    const lists = fc.oneof(
      fc.array(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })), { maxLength: 5 }),
      fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })),
    )
    fc.assert(
      fc.property(lists, (given) => {
        const [short, long] = bothOf(JSON.stringify(given)).map(eventsOf)
        expect(long).toEqual(short)
      }),
    )
  })

  it.each([1, 31, 130, 159, 255, 256, 40_000])(
    'leaves %d characters of data with a media type a text, which its type may require',
    (length) => {
      const event = { datacontenttype: 'text/plain', data: 'x'.repeat(length) }
      const [, long] = bothOf(JSON.stringify(event))
      expect([...finished(readJsonEvents(long, runtime, 1)).values]).toMatchObject([event])
    },
  )

  it('has the same values at the keys that are asked for', () => {
    const keys = new Set(['a', 'b'])
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.jsonValue()), (map) => {
        const [short, long] = bothOf(JSON.stringify(map)).map((json) => {
          const fields = plain(finished(readJsonFields(json, runtime, keys))) as Record<string, unknown>
          return { a: fields.a, b: fields.b }
        })
        expect(long).toEqual(short)
      }),
    )
  })

  it('is one step if it is short, and many if it is long', () => {
    const [short, long] = bothOf('{"a":1}')
    expect(readJson(short, runtime).next()).toEqual({ done: true, value: { a: 1 } })
    expect(readJson(long, runtime).next().done).toBe(false)
  })
})
