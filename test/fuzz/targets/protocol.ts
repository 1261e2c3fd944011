import { EventEmitter } from 'node:events'
import type { Duplex } from 'node:stream'
import { z } from 'zod'
import type { BusApi, PublisherApi, SubscriptionApi } from '../../../src/bus/api.js'
import type { Authorize } from '../../../src/bus/principal.js'
import { catalogue, TocsinError } from '../../../src/errors/tocsin-error.js'
import { checkFrame, DEFAULT_LIMITS } from '../../../src/event/check.js'
import { DEFAULT_MAX_FRAME_BYTES, encodeFrame, frameBytes } from '../../../src/event/frame.js'
import { encode } from '../../../src/event/msgpack/encoder.js'
import { RecordSplitter } from '../../../src/event/splitter.js'
import { Connection } from '../../../src/faces/native/connection.js'
import { NativeServer } from '../../../src/faces/native/server.js'
import { notificationSocketsOf } from '../../../src/faces/ncs/socket/kind.js'
import { method } from '../../../src/methods/method.js'
import { type ControlRecord, decodeRecord, encodeRecord } from '../../../src/protocols/native/codec.js'
import { concat } from '../../event/bytes.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'
import { nativeParts } from '../../helpers/native-parts.js'
import { noStreams } from '../../helpers/no-streams.js'
import type { Random } from '../mutations.js'
import { fuzz } from '../target.js'

const principal = { name: 'fuzz', source: 'fuzz' }
const hello = encodeRecord('hello', { version: 1, producer: 'p' })
const event = encodeFrame({ tag: 'a/b', source: 'fuzz', body: encode({ a: 1 }), seq: 1 })
const records = [
  encodeRecord('subscribe', { filters: ['a/', '!b'], from: '-1h', lag: 'skip', maxLag: { age: 5 } }),
  encodeRecord('subscribe', { filters: { exact: { tag: 'x' } } }),
  encodeRecord('unsubscribe', {}),
  encodeRecord('durable', { counter: 3 }),
  encodeRecord('ack', { seqs: [1, 2], result: 'done' }),
  encodeRecord('gate', { name: 'g', counter: 2 }),
  encodeRecord('gateDone', { name: 'g', seq: 1, answer: { ok: true } }),
  encodeRecord('request', { id: 1, method: 'test.echo', params: { a: [1, { b: null }] } }),
  encodeRecord('ping', { id: 1 }),
  encodeRecord('goodbye', { code: 'STOP', message: '' }),
]

fuzz({
  name: 'session',
  seeds: [
    hello,
    concat(hello, event, event),
    concat(hello, ...records),
    ...records.map((each) => concat(hello, each)),
  ],
  run: speak,
})

fuzz({
  name: 'record',
  seeds: [
    ...records.map((each) => each.subarray(4)),
    encodeRecord('accepted', { counter: 1, cursor: 'a-1', run: 1 }).subarray(4),
    encodeRecord('gap', { from: 1, to: 2, reason: 'expired', cursor: 'a-2' }).subarray(4),
    encodeRecord('reply', { id: 1, error: { code: 'X', message: 'y', details: { z: 1 } } }).subarray(4),
  ],
  run: roundTrip,
})

/** Whatever a peer says, it gets sound records, and at most one error, by a known code, as the last. */
function speak(input: Uint8Array, random: Random): void {
  const stream = new Stub()
  const connection = new Connection(server, stream as unknown as Duplex, { address: 'fuzz', principal })
  for (let at = 0; at < input.length; ) {
    const end = Math.min(input.length, at + 1 + random(input.length))
    connection.receive(input.slice(at, end))
    at = end
  }
  connection.flush()
  const said = readAll(concat(...stream.written))
  const errors = said.filter((record) => record.name === 'error')
  if (errors.length > 1) throw new Error('more than one error')
  for (const { body } of errors) {
    const { code } = body as { code: string }
    if (!(code in catalogue) || code === 'TCN_INTERNAL') throw new Error(`error ${JSON.stringify(body)}`)
    if (said.at(-1)?.name !== 'error') throw new Error('something came after the error')
    if (!stream.ended) throw new Error('the connection goes on after an error')
  }
  if (said.length > 0 && said[0].name !== 'welcome' && said[0].name !== 'error')
    throw new Error('not welcomed')
  connection.closed()
}

function roundTrip(input: Uint8Array): void {
  if (input.length === 0) return
  let record: ControlRecord | undefined
  try {
    record = decodeRecord(input[0], input, 1, input.length)
  } catch (error) {
    if (TocsinError.is(error) && error.code.startsWith('TCN_PROTOCOL_')) return
    throw error
  }
  if (record === undefined) return
  const once = encodeRecord(record.name, record.body)
  const again = decodeRecord(once[4], once, 5, once.length) as ControlRecord
  const twice = encodeRecord(again.name, again.body)
  if (Buffer.compare(once, twice) !== 0) throw new Error('it does not come back as it went')
}

function readAll(bytes: Uint8Array): ControlRecord[] {
  const records: ControlRecord[] = []
  const splitter = new RecordSplitter(
    {
      onEvents: () => {
        throw new Error('an event nobody published')
      },
      onRecord: (op, chunk, start, end) => {
        records.push(decodeRecord(op, chunk, start, end) as ControlRecord)
      },
    },
    bytes.length + 5,
  )
  splitter.push(bytes)
  if (splitter.pendingBytes > 0) throw new Error('half a record')
  return records
}

class Stub extends EventEmitter {
  readonly written: Uint8Array[] = []
  ended = false
  readonly writable = true
  readonly writableLength = 0
  readonly writableNeedDrain = false

  write(bytes: Uint8Array): boolean {
    if (this.ended) throw new Error('written after the end')
    this.written.push(bytes)
    return true
  }

  end(): void {
    this.ended = true
  }

  cork(): void {}
  uncork(): void {}
  pause(): void {}
  resume(): void {}
  destroy(): void {}
}

const publisher: PublisherApi = {
  lastCounter: 0,
  accepted: 0,
  refusals: undefined,
  paused: false,
  publish(bytes, start, end) {
    for (let at = start; at < end; at += frameBytes(bytes, at)) checkFrame(bytes, at, end, DEFAULT_LIMITS)
  },
  refusalOf: () => undefined,
  awaitDurable() {},
  gate() {},
  close() {},
}

const subscription: SubscriptionApi = {
  drained() {},
  change() {},
  ack() {},
  gateDone() {},
  close() {},
}

const bus: BusApi = {
  epoch: 'e',
  last: 0,
  first: 1,
  largestFrame: DEFAULT_MAX_FRAME_BYTES,
  durable: false,
  gateDeadline: 120_000,
  suspended: false,
  fault: undefined,
  caughtUp: () => undefined,
  publisher: () => publisher,
  subscribe: async () => subscription,
}

const echo = method({
  name: 'test.echo',
  summary: '',
  right: 'see',
  params: z.any(),
  result: z.unknown(),
  run: async (_, params) => params,
})

const runtime = new FakeRuntime()
const authorize = (() => true) as unknown as Authorize

const server = new NativeServer({
  ...nativeParts(runtime, () => false),
  kinds: [
    notificationSocketsOf({
      bus,
      runtime,
      authorize,
      hub: { name: 'fuzz' },
      prober: { name: 'fuzz', source: 'fuzz' },
      ...noStreams(runtime),
    }),
  ],
  bus,
  methods: new Map([[echo.name, echo]]),
  authorize,
  runtime,
  hub: { name: 'fuzz', version: '0' },
})
