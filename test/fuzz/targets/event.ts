import { isDeepStrictEqual } from 'node:util'
import { catalogue, TocsinError } from '../../../src/errors/tocsin-error.js'
import { checkFrame, WIDEST_LIMITS } from '../../../src/event/check.js'
import { fromCloudEvent, toCloudEvent, toExportedCloudEvent } from '../../../src/event/cloudevents.js'
import { Event } from '../../../src/event/event.js'
import { encodeFrame, writeU32 } from '../../../src/event/frame.js'
import { FrameWriter } from '../../../src/event/frame-writer.js'
import { jsonView } from '../../../src/event/json/view.js'
import { decode } from '../../../src/event/msgpack/decoder.js'
import { encode } from '../../../src/event/msgpack/encoder.js'
import { compilePath, find, scalarAt } from '../../../src/event/msgpack/find.js'
import { checkValue, walkValue } from '../../../src/event/msgpack/walk.js'
import { RecordSplitter } from '../../../src/event/splitter.js'
import type { Random } from '../mutations.js'
import { fuzz } from '../target.js'

const MAX = 64 * 1024
const view = { epoch: 'k3j9', typeOf: () => 'tocsin.event' }

function insist(condition: boolean, what: string): void {
  if (!condition) throw new Error(what)
}

function codeOf(run: () => unknown): string | undefined {
  try {
    run()
  } catch (error) {
    if (TocsinError.is(error)) return error.code
    throw error
  }
  return undefined
}

const sample = {
  id: 'web1',
  fun: 'test.ping',
  return: [true, null, -5, 1.5, 2n ** 60n],
  nested: { a: { b: ['x', new Uint8Array([1, 2])] } },
  time: new Date(0),
}

fuzz({
  name: 'frame',
  seeds: [
    encodeFrame({ tag: 'salt/job/1/ret/web1', source: 'salt/master', body: encode(sample), seq: 1 }),
    encodeFrame({ tag: 'é', attributes: encode({ id: 'x', n: 1, ok: true }), body: encode(null) }),
  ],
  run(input, random) {
    // Most changes would end at the length; half of the inputs get one that fits.
    if (input.length >= 4 && random(2) === 0) writeU32(input, 0, input.length - 4)
    const fault = checkFrame(input, 0, input.length, { ...WIDEST_LIMITS, frame: MAX }, 'hub')
    insist(fault === undefined || fault in catalogue, `unknown fault ${fault}`)
    if (fault !== undefined) return
    const event = new Event(input)
    insist(event.end <= input.length && event.tag.length > 0 && event.source.length <= 255, 'fields')
    insist(typeof event.attributes === 'object', 'attributes')
    insist(isDeepStrictEqual(decode(event.body), event.data), 'data')
    insist(toCloudEvent(event, view).specversion === '1.0', 'CloudEvent')
    const back = codeOf(() => {
      const exported = fromCloudEvent(toExportedCloudEvent(event, view), view)
      insist(isDeepStrictEqual(new Uint8Array(exported.body), new Uint8Array(event.body)), 'export')
    })
    // A source or an attribute may be too long once it is written for a URI, or for the attributes added.
    insist(
      back === undefined || back === 'TCN_CLOUDEVENT_INVALID' || back === 'TCN_ATTRIBUTES_TOO_LARGE',
      `export ${back}`,
    )
  },
})

fuzz({
  name: 'body',
  seeds: [
    encode(sample),
    encode([[], {}, new Map<unknown, unknown>([[1, 2]]), 'text', 'é'.repeat(40), new Date(1)]),
  ],
  run(input, random) {
    const fault = checkValue(input, 0, input.length)
    insist(codeOf(() => decode(input)) === fault, 'walk and decoder disagree')
    if (fault !== undefined) return
    const value = decode(input)
    const again = encode(value)
    insist(checkValue(again, 0, again.length) === undefined, 'encoded value is not sound')
    // As text, for -0 is encoded as the integer 0.
    const text = (each: unknown) => JSON.stringify(jsonView(each))
    insist(text(decode(again)) === text(value), 'value changes when it is encoded')
    lookUp(input, ['id', 'return', 'nested', 'a', '0', '1'][random(6)], ['a', 'b', '0', ''][random(4)])
  },
})

function lookUp(input: Uint8Array, ...path: string[]): void {
  const at = find(input, 0, input.length, compilePath(path))
  if (at < 0) return
  const end = walkValue(input, at, input.length)
  insist(end > at, 'found value is not sound')
  const scalar = scalarAt(input, at)
  if (scalar !== undefined && !(scalar instanceof Uint8Array))
    insist(Object.is(decode(input, at, end), scalar), 'scalar')
}

fuzz({
  name: 'stream',
  seeds: [streamOf(['a', 'b/c'], [9, 2]), streamOf(['a'.repeat(100)], [200]), streamOf([], [2, 15, 17])],
  run(input, random) {
    const whole = split([input])
    const cut = split(pieces(input, random))
    insist(isDeepStrictEqual(whole, cut), `whole ${JSON.stringify(whole)}, in pieces ${JSON.stringify(cut)}`)
  },
})

function streamOf(tags: string[], ops: number[]): Uint8Array {
  const frames = tags.map((tag) => encodeFrame({ tag, body: encode({ a: 1 }) }))
  const records = ops.map((op) => Uint8Array.of(2, 0, 0, 0, op, 0x80))
  return new Uint8Array(Buffer.concat([...frames, ...records, ...frames]))
}

function pieces(input: Uint8Array, random: Random): Uint8Array[] {
  const all: Uint8Array[] = []
  for (let at = 0; at < input.length; ) {
    const size = random(random(2) === 0 ? 4 : 60) + 1
    all.push(input.slice(at, at + size))
    at += size
  }
  return all
}

/** What comes out of the splitter: records as text, and the code it ended with. */
function split(chunks: Uint8Array[]): { records: string[]; code: string | undefined } {
  const records: string[] = []
  const splitter = new RecordSplitter(
    {
      onEvents(bytes, start, end, count) {
        let at = start
        for (let index = 0; index < count; index++) {
          const stop = at + Buffer.from(bytes.buffer, bytes.byteOffset).readUInt32LE(at) + 4
          records.push(Buffer.from(bytes.subarray(at, stop)).toString('hex'))
          at = stop
        }
        insist(at === end, 'a run does not end where it says')
      },
      onRecord: (op, bytes, start, end) =>
        records.push(`${op}:${Buffer.from(bytes.subarray(start, end)).toString('hex')}`),
    },
    1024,
  )
  const code = codeOf(() => {
    for (const chunk of chunks) splitter.push(chunk)
  })
  insist(splitter.pendingBytes <= 4096, 'more is kept than a record may have')
  return { records, code }
}

fuzz({
  name: 'cloudevent',
  seeds: [
    JSON.stringify({
      specversion: '1.0',
      id: '1',
      source: '/s',
      type: 'a.b',
      subject: 'x/y',
      data: { a: [1, 'é'] },
    }),
    JSON.stringify({
      specversion: '1.0',
      id: '1',
      source: 's%20x',
      type: 'a',
      datacontenttype: 'text/xml',
      data: '<x/>',
    }),
    JSON.stringify({
      specversion: '1.0',
      id: '1',
      source: 's',
      type: 'a',
      time: '2020-01-01T00:00:00Z',
      data_base64: 'AP8=',
      n: 5,
    }),
  ],
  run(input) {
    const text = new TextDecoder().decode(input)
    let parsed: unknown
    try {
      parsed = JSON.parse(text)
    } catch {
      return
    }
    codeOf(() => {
      const { tag, body, ...options } = fromCloudEvent(parsed, view)
      const writer = new FrameWriter()
      writer.writeEncoded(tag, body, options)
      const bytes = writer.take()?.bytes as Uint8Array
      insist(
        checkFrame(bytes, 0, bytes.length, { ...WIDEST_LIMITS, frame: MAX }) === undefined,
        'an unsound frame was made',
      )
    })
  },
})
