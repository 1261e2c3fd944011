import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { redactFrame } from '../../../../src/cli/commands/copy/redact.js'
import { Event } from '../../../../src/event/event.js'
import { encodeFrame } from '../../../../src/event/frame.js'
import { encode } from '../../../../src/event/msgpack/encoder.js'
import { parseRedactions, REDACTED, redact } from '../../../../src/filter/redact.js'

const without = (value: unknown, ...paths: string[]) => redact(value, parseRedactions(paths))

describe('values at a path are redacted', () => {
  const value = {
    user: 'a',
    password: 'p',
    list: [{ token: 't1' }, { token: 't2', n: 1 }],
    deep: { er: { token: 't3' } },
  }

  it.each([
    ['data.password', { ...value, password: REDACTED }],
    ['password', { ...value, password: REDACTED }],
    ['data.list.1.token', { ...value, list: [{ token: 't1' }, { token: REDACTED, n: 1 }] }],
    ['data.list.*.token', { ...value, list: [{ token: REDACTED }, { token: REDACTED, n: 1 }] }],
    [
      'data.**.token',
      { ...value, list: [{ token: REDACTED }, { token: REDACTED, n: 1 }], deep: { er: { token: REDACTED } } },
    ],
    ['data.deep', { ...value, deep: REDACTED }],
    ['data', REDACTED],
  ])('%s', (path, expected) => {
    expect(without(value, path)).toEqual(expected)
  })

  it('even if keys are not text, or contain a dot', () => {
    expect(without(new Map([[7, 'x']]), 'data.7')).toEqual(new Map([[7, REDACTED]]))
    expect(without({ 'a.b': 1, a: { b: 2 } }, 'data.a\\.b')).toEqual({ 'a.b': REDACTED, a: { b: 2 } })
  })

  it('refuses an invalid path', () => {
    expect(() => parseRedactions(['data..x'])).toThrow(expect.objectContaining({ code: 'TCN_FILTER_SYNTAX' }))
  })
})

describe('a frame', () => {
  const frame = (data: unknown) =>
    encodeFrame({
      seq: 7,
      time: 123,
      kind: 4,
      tag: 't/ä',
      source: 's',
      attributes: encode({ id: 'x' }),
      body: encode(data),
    })

  it('keeps everything that is not redacted', () => {
    const event = new Event(
      redactFrame(frame({ password: 'hunter2', n: 1 }), 0, parseRedactions(['password'])),
    )
    expect(event.data).toEqual({ password: REDACTED, n: 1 })
    const { seq, time, kind, tag, source, attributes } = event
    expect({ seq, time, kind, tag, source, attributes }).toEqual({
      seq: 7,
      time: 123,
      kind: 4,
      tag: 't/ä',
      source: 's',
      attributes: { id: 'x' },
    })
  })

  it('returns the same bytes if nothing is redacted', () => {
    const bytes = frame({ n: 1 })
    expect(redactFrame(bytes, 0, parseRedactions(['password'])).buffer).toBe(bytes.buffer)
  })
})

const SECRET = 'hunter2-canary'
const bodies = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.integer(),
    fc.string(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 4 }),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'x.y', 'password'), tie('value'), { maxKeys: 3 }),
  ),
})).value

describe('for any data', () => {
  it('leaves no value of a key that is redacted at any depth', () => {
    const withSecrets = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(withSecrets)
      if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
      const entries = Object.entries(value).map(([key, item]) => [
        key,
        key === 'password' ? SECRET : withSecrets(item),
      ])
      return Object.fromEntries(entries)
    }
    fc.assert(
      fc.property(bodies, (body) => {
        const bytes = encode(withSecrets(body))
        const data = encodeFrame({
          seq: 1,
          time: 1,
          tag: 't',
          source: '',
          attributes: new Uint8Array(),
          body: bytes,
        })
        const left = redactFrame(data, 0, parseRedactions(['data.**.password']))
        expect(Buffer.from(left).includes(SECRET)).toBe(false)
      }),
    )
  })

  it('redacting twice equals redacting once, and the input is not changed', () => {
    fc.assert(
      fc.property(bodies, fc.constantFrom('a', '*.b', '**.a', 'x\\.y', '0.a'), (body, path) => {
        const before = structuredClone(body)
        const once = without(body, `data.${path}`)
        expect(body).toEqual(before)
        expect(without(once, `data.${path}`)).toEqual(once)
      }),
    )
  })
})
