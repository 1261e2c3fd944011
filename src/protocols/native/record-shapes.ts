import type {
  CancelRequest,
  EdgeLag,
  Hello,
  Packed,
  Ping,
  RecordBodies,
  Subscribe,
  WireError,
} from './protocol.js'
import {
  anything,
  bytes,
  type Check,
  code,
  count,
  list,
  map,
  oneOf,
  optional,
  shape,
  text,
  yes,
} from './record-checks.js'

const filters: Check<NonNullable<Subscribe['filters']>> = (value, path) => {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return list(text)(value, path)
  return map(value, path)
}

const error = shape<WireError>({ code, message: text, details: optional(map) })
const cursor = shape<{ cursor: string }>({ cursor: text })

const gapReasons = [
  'expired',
  'lost-in-crash',
  'lost-in-damage',
  'damaged',
  'ahead',
  'unknown-epoch',
  'skipped',
] as const

/** The keys of the map in each record, with their types. */
export const recordShapes: { [N in keyof RecordBodies]: Check<RecordBodies[N]> } = {
  hello: shape({
    version: count,
    features: optional(list(text)),
    producer: optional(text),
    token: optional(text),
    name: optional(text),
    knows: optional(count),
    ncs: optional(map),
    edge: optional(
      shape<NonNullable<Hello['edge']>>({ name: text, answers: optional(oneOf('all', 'some')) }),
    ),
  }),
  welcome: shape({
    version: count,
    features: list(text),
    epoch: text,
    source: text,
    largestFrame: count,
    lastCounter: count,
    refused: optional(list(shape({ counter: count, code, first: optional(count) }))),
    forgotten: optional(count),
    durable: yes,
    principal: text,
    hub: shape({ name: text, version: text }),
    ncs: optional(map),
  }),
  subscribe: shape({
    filters: optional(filters),
    from: optional(text),
    to: optional(text),
    otherwise: optional(oneOf('start', 'now')),
    lag: optional(oneOf('catch-up', 'skip', 'disconnect')),
    maxLag: optional(
      shape<NonNullable<Subscribe['maxLag']>>({ bytes: optional(count), age: optional(count) }),
    ),
    consumer: optional(text),
    gates: optional(list(text)),
  }),
  unsubscribe: shape({}),
  accepted: shape({ counter: count, cursor: optional(text), run: optional(count) }),
  durable: shape({ counter: count }),
  refused: shape({ counter: count, code, message: text, stage: optional(oneOf('durable')) }),
  ack: shape({
    seqs: list(count),
    result: oneOf('done', 'retry', 'park'),
    delay: optional(count),
    reason: optional(text),
  }),
  gap: shape({
    from: count,
    to: count,
    reason: oneOf(...gapReasons),
    cursor: text,
    count: optional(count),
  }),
  live: cursor,
  position: cursor,
  lag: shape<EdgeLag>({ waiting: count, since: optional(count) }),
  packed: shape<Packed>({ length: count, deflated: bytes }),
  gate: shape({ name: text, counter: optional(count), seq: optional(count), deadline: optional(count) }),
  gateDone: shape({
    name: text,
    seq: count,
    counter: optional(count),
    answer: optional(anything),
    answers: optional(list(shape({ subscriber: text, answer: optional(anything), hub: optional(text) }))),
    missing: optional(
      list(shape({ subscriber: text, reason: oneOf('timeout', 'left', 'too-large'), hub: optional(text) })),
    ),
  }),
  request: shape({ id: count, method: text, params: optional(map), traceparent: optional(text) }),
  reply: shape({ id: count, result: optional(anything), more: optional(yes), error: optional(error) }),
  cancel: shape<CancelRequest>({ id: count }),
  ping: shape<Ping>({ id: optional(count) }),
  pong: shape<Ping>({ id: optional(count) }),
  error,
  goodbye: shape({ code, message: text, cursor: optional(text) }),
}
