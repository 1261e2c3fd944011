import { DEFLATE } from '../../../src/protocols/native/packed-events.js'
import { pick } from '../mutations.js'
import { event, record } from './piece.js'
import { type OpenApi, sampleRequest } from './sample.js'
import { oneOf, type Talk } from './talk.js'

const published = (seq: number) =>
  event({ tag: `fuzz/${seq}`, source: 'fuzz', data: { a: seq, text: 'é' }, seq })
const subscriptions = [
  record('subscribe', { filters: ['fuzz/', '!b'], from: '-1h', lag: 'skip', maxLag: { age: 5 } }),
  record('subscribe', { filters: { exact: { tag: 'x' } }, from: 'start' }),
  record('subscribe', { filters: ['*'], where: "data.a = 1 AND tag LIKE 'fuzz%'" } as never),
  record('subscribe', { filters: ['fuzz/'], consumer: 'c1', group: 'g' } as never),
]
const records = [
  ...subscriptions,
  record('unsubscribe', {}),
  record('durable', { counter: 3 }),
  record('ack', { seqs: [1, 2], result: 'done' }),
  record('gate', { name: 'g', counter: 2 }),
  record('gateDone', { name: 'g', seq: 1, answer: { ok: true } }),
  record('ping', { id: 1 }),
  record('pong', {}),
  record('lag', {} as never),
  record('goodbye', { code: 'STOP', message: '' }),
  published(1),
  published(2),
  record('packed', { length: 9, deflated: Uint8Array.of(0x4b, 0x04, 0x00) }),
]

/** The native protocol: an own conversation of a publisher, a subscriber, an edge hub and a caller of methods. */
export function native(api: OpenApi, token?: string): Talk {
  const hello = record('hello', { version: 1, token, name: 'fuzz' })
  const producer = record('hello', { version: 1, token, producer: 'fuzzer', knows: 1 } as never)
  const edge = record('hello', {
    version: 1,
    token,
    features: ['edge', DEFLATE],
    producer: 'edge',
    edge: { name: 'leaf' },
  })
  const openings = [hello, producer, edge]
  return (random) => {
    const said = Array.from({ length: 1 + random(4) }, () => {
      if (random(3) > 0) return pick(records, random)
      const { path, body } = sampleRequest(api, random, (each) => !isMethod(each) || isDestructive(each))
      return record('request', {
        id: 1 + random(9),
        method: path.slice('/v1/'.length),
        params: body as never,
      })
    })
    return [pick(openings, random), ...said]
  }
}

const isMethod = (path: string) => /^\/v1\/\w+\.\w+$/.test(path)
/** Methods that take away what the fuzzer itself needs, or that take minutes. */
export const isDestructive = (path: string) =>
  /tokens\.(remove|rotate)|passwords|config\.(commit|restore|rollback|confirm)|log\.(truncate|remove|backup)|openapi/.test(
    path,
  )

/** Notification sockets of NSO. */
export const ncs: Talk = oneOf(
  ...[
    { mask: 0x1 },
    { mask: 0xfff, heartbeat: 1000, health: 1000 },
    { mask: 1 << 15, stream: 'NETCONF', start: '2026-01-01T00:00:00Z', xpath: "/a[b='c' and count(*) > 1]" },
    { mask: 0xffff_ffff, stream: 'fuzz', heartbeat: 1, health: 1, usid: 1, verbosity: 3, lag: 'skip' },
  ].map((request) => [
    record('hello', { version: 1, features: ['ncs'], ncs: request }),
    record('gateDone', { name: 'ncs', seq: 1, answer: {} }),
    record('request', { id: 1, method: 'ncs.status', params: {} }),
  ]),
)
