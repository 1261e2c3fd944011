import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { catalogue } from '../../../src/errors/tocsin-error.js'
import { encodeFrame } from '../../../src/event/frame.js'
import { encode } from '../../../src/event/msgpack/encoder.js'
import { Metrics } from '../../../src/hub/metrics/metrics.js'
import { type HubMethodContext, hubMethods } from '../../../src/hub/parts/methods.js'
import { type ControlName, decodeRecord, encodeRecord } from '../../../src/protocols/native/codec.js'
import { Op } from '../../../src/protocols/native/protocol.js'
import { hex, toHex } from '../../event/bytes.js'

const page = readFileSync(new URL('../../../docs/reference/protocol.md', import.meta.url), 'utf8')

/** JSON has no bytes. */
const withBytes = (key: string, value: unknown) => (key === 'deflated' ? hex(String(value)) : value)

const records = [...page.matchAll(/```record\n(\w+) (.*)\n([0-9a-f\s]+)```/g)].map(
  ([, name, json, bytes]) => [name as ControlName, JSON.parse(json, withBytes), hex(bytes)] as const,
)
const frames = [...page.matchAll(/```frame\n(.*)\n([0-9a-f\s]+)```/g)].map(
  ([, json, bytes]) => [JSON.parse(json), hex(bytes)] as const,
)

describe('the reference of the protocol', () => {
  it.each(records)('%s %o has the documented bytes', (name, body, bytes) => {
    expect(toHex(encodeRecord(name, body))).toBe(toHex(bytes))
    expect(decodeRecord(bytes[4], bytes, 5, bytes.length)).toEqual({ name, body })
  })

  it.each(frames)('the event %o has the documented bytes', ({ data, ...parts }, bytes) => {
    expect(toHex(encodeFrame({ ...parts, body: encode(data) }))).toBe(toHex(bytes))
  })

  it('has an example of every record, and every op with its number', () => {
    const { event: _, forwarded: __, ...ops } = Op
    const named = new Set(records.map(([name]) => name))
    expect(
      Object.keys(ops).filter((name) => name !== 'unsubscribe' && !named.has(name as ControlName)),
    ).toEqual([])
    for (const [name, op] of Object.entries(ops)) expect(page).toContain(`| ${op} | ${name} |`)
  })

  it('lists every method, and no other', () => {
    const context = { bus: {} } as HubMethodContext
    const methods = hubMethods(context, new Metrics(context))
    const rows = [...page.matchAll(/^\| `([a-z]+\.[a-zA-Z]+)` \| ([a-z ]+) \| (.*) \|$/gm)].map(
      ([row]) => row,
    )
    const expected = methods.map(
      ({ name, right, summary }) => `| \`${name}\` | ${[right].flat().join(' or ')} | ${summary} |`,
    )
    expect(rows.sort()).toEqual(expected.sort())
  })

  it('names only codes that exist', () => {
    const codes = [...page.matchAll(/TCN_[A-Z]+_[A-Z_]*[A-Z]/g)].map(([code]) => code)
    expect(codes.length).toBeGreaterThan(10)
    expect(codes.filter((code) => !(code in catalogue))).toEqual([])
  })
})
