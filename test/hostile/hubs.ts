import { z } from 'zod'
import { answerShapes } from '../../src/cli/hub/answer-shapes.js'
import { encode, encodeFrame } from '../../src/event/index.js'
import { encodeRecord } from '../../src/protocols/native/codec.js'
import { closing, endless, once, silent, type Talk } from './hostile-server.js'

const welcome = encodeRecord('welcome', {
  version: 1,
  features: [],
  epoch: '0123456789abcdef',
  source: 'unix:',
  largestFrame: 16_777_216,
  lastCounter: 0,
  durable: true,
  principal: 'ann',
  hub: { name: '\x1b]0;hub\x07', version: '0.1.0' },
})
const frame = encodeFrame({ tag: 'a/\x1b[2J', source: 'x', body: encode({}), seq: 1 })

/** Answers each request at once. */
function answering(...results: unknown[]): Talk {
  return (socket) => {
    let id = 0
    socket.write(welcome)
    socket.on('data', () =>
      socket.write(encodeRecord('reply', { id: ++id, result: results[id % results.length] })),
    )
  }
}

/** Each name that any answer has, with this value. */
function everywhere(value: unknown): Record<string, unknown> {
  const names = Object.values(answerShapes).flatMap((shape) =>
    shape instanceof z.ZodObject ? Object.keys(shape.shape) : [],
  )
  return Object.fromEntries(names.map((name) => [name, value]))
}

/** A frame whose fields are longer than the frame. */
const overlong = Uint8Array.from(frame)
overlong.fill(255, 6, 8)

const samePage = {
  ...{ frames: new Uint8Array(0), count: 0, gaps: [], cursor: '0123456789abcdef@5', next: '@5' },
  ...{ exact: false, atLeast: 0, more: 'x', series: [], from: 0, to: 1, interval: 1 },
}

/** Hubs that keep to no protocol. Each begins when its client has said something. */
export const hubs: Record<string, Talk> = {
  'says nothing': silent,
  'closes at once': closing,
  'sends bytes that are 0, without end': endless('\0'),
  'sends text without end': endless('HTTP/1.1 200 OK\r\n'),
  'sends lists of MessagePack within each other': endless(Buffer.from([0x91])),
  'welcomes, and says nothing more': (socket) => void socket.resume().write(welcome),
  'welcomes, and leaves': once(welcome),
  'welcomes, and sends pings without end': endless(encodeRecord('ping', { id: 1 }), welcome),
  'welcomes, sends pings without end, and reads nothing': (socket) => {
    endless(encodeRecord('ping', { id: 1 }), welcome)(socket)
    socket.pause()
  },
  'welcomes, and sends events without end': endless(frame, welcome),
  'welcomes, and sends events whose fields are longer than they are': endless(overlong, welcome),
  'welcomes, sends an event, and leaves': once(Buffer.concat([welcome, frame])),
  'welcomes, says that it has stored an event, and leaves': once(
    Buffer.concat([welcome, encodeRecord('accepted', { counter: 1 })]),
  ),
  'welcomes, and sends gates with long names, without end': endless(
    encodeRecord('gate', { name: 'x'.repeat(60_000), seq: 1, deadline: 1 }),
    welcome,
  ),
  'answers what was not asked': endless(encodeRecord('reply', { id: 77, result: {} }), welcome),
  'answers with no map': endless(encodeRecord('reply', { id: 1, result: null }), welcome),
  'answers with an empty map': answering({}),
  'answers with numbers': answering(everywhere(2 ** 53)),
  'answers with texts': answering(everywhere('\x1b[31m')),
  'answers with lists of nothing': answering(everywhere([null])),
  'answers with maps within maps': answering(everywhere(everywhere({}))),
  'answers with the same page, which is never the last': answering(samePage),
  'answers with events that are none': answering({ ...samePage, frames: new Uint8Array(100) }),
  'answers with events whose fields are longer than they are': answering({ ...samePage, frames: overlong }),
  'answers with pages that lead to each other': answering(samePage, { ...samePage, next: '@6', more: 'y' }),
  'says that more of its answer follows, without end': endless(
    encodeRecord('reply', { id: 1, result: {}, more: true }),
    welcome,
  ),
  'says that more of its long answer follows, without end': endless(
    encodeRecord('reply', { id: 1, result: { text: 'x'.repeat(4_000_000) }, more: true }),
    welcome,
  ),
  'refuses with control characters': once(
    Buffer.concat([
      welcome,
      encodeRecord('error', { code: 'TCN_\x1b[31m', message: '\x1b]0;title\x07\x9b2J\r\n\u202e' }),
    ]),
  ),
}
