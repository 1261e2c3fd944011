import { encode, encodeFrame, type FrameParts } from '../../../src/event/index.js'
import { type ControlName, encodeRecord } from '../../../src/protocols/native/codec.js'
import { Op, type RecordBodies } from '../../../src/protocols/native/protocol.js'
import { mutateBytes, mutateText, mutateValue, pick, type Random, wellFormed } from '../mutations.js'

/** A message of a conversation, which can change itself so that a decoder reads as far as possible. */
export interface Piece {
  readonly bytes: Uint8Array
  changed(random: Random): Uint8Array
}

export function raw(content: Uint8Array | string): Piece {
  const bytes = Buffer.from(content)
  return { bytes, changed: (random) => mutateBytes(bytes, [bytes], random) }
}

/** A record of the native protocol: its values change, or its bytes with a length that fits three times in four. */
export function record<N extends ControlName>(name: N, body: RecordBodies[N]): Piece {
  const bytes = encodeRecord(name, body)
  return {
    bytes,
    changed: (random) =>
      random(2) === 0
        ? framed(Op[name], encode(mutateValue(body, random)))
        : withLength(mutateBytes(bytes, [bytes], random), random),
  }
}

export function event(parts: Omit<FrameParts, 'body'> & { data: unknown }): Piece {
  const make = ({ data, ...rest }: typeof parts) => encodeFrame({ ...rest, body: encode(data) })
  const bytes = make(parts)
  return {
    bytes,
    changed: (random) =>
      random(2) === 0
        ? make({ ...parts, data: mutateValue(parts.data, random) })
        : withLength(mutateBytes(bytes, [bytes], random), random),
  }
}

function framed(op: number, body: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(5 + body.length)
  bytes.writeUInt32LE(1 + body.length)
  bytes[4] = op
  bytes.set(body, 5)
  return bytes
}

function withLength(bytes: Uint8Array, random: Random): Uint8Array {
  if (bytes.length >= 4 && random(4) > 0) new DataView(bytes.buffer).setUint32(0, bytes.length - 4, true)
  return bytes
}

/** A message on the sockets of Salt: a frame with a tag and data in its body. */
export function salt(tag: string, data: unknown): Piece {
  const make = (named: string, value: unknown) =>
    Buffer.from(encode({ head: {}, body: Buffer.concat([Buffer.from(`${named}\n\n`), encode(value)]) }))
  const bytes = make(tag, data)
  return {
    bytes,
    changed: (random) => {
      if (random(3) === 0) return mutateBytes(bytes, [bytes], random)
      return make(random(3) === 0 ? mutateText(tag, random) : tag, mutateValue(data, random))
    },
  }
}

export interface HttpRequest {
  method: string
  path: string
  headers?: Record<string, string>
  /** JSON unless it is a text. */
  body?: unknown
}

/** A request over HTTP: its path, a header or its body changes; the length fits the body nine times in ten. */
export function http(request: HttpRequest): Piece {
  const { method, path, headers = {}, body } = request
  const text = body === undefined || typeof body === 'string' ? (body ?? '') : JSON.stringify(body)
  const bytes = httpBytes(method, path, headers, Buffer.from(text))
  return {
    bytes,
    changed: (random) => {
      switch (random(8)) {
        case 0:
          return mutateBytes(bytes, [bytes], random)
        case 1:
          return httpBytes(method, oneLine(mutateText(path, random)), headers, Buffer.from(text))
        case 2:
          return httpBytes(method, path, changedHeaders(headers, random), Buffer.from(text))
        case 3:
          return httpBytes(
            pick(['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH'], random),
            path,
            headers,
            Buffer.from(text),
          )
        case 4:
          return httpBytes(method, path, headers, mutateBytes(Buffer.from(text), [bytes], random), random)
        default: {
          const value =
            typeof body === 'string'
              ? mutateText(text, random)
              : JSON.stringify(mutateValue(body ?? {}, random))
          return httpBytes(method, path, headers, Buffer.from(value ?? ''), random)
        }
      }
    },
  }
}

function changedHeaders(headers: Record<string, string>, random: Random): Record<string, string> {
  const [name, value] = pick(
    [
      ...Object.entries(headers),
      ['traceparent', '00-0-0-00'],
      ['range', 'bytes=0-1'],
      ['accept', 'text/event-stream'],
    ],
    random,
  )
  return { ...headers, [name]: oneLine(mutateText(value, random)) }
}

/** Most changes of a line that end it are not worth a connection. */
const oneLine = (text: string) => encodeURI(wellFormed(text)).replace(/%25/g, '%')

function httpBytes(
  method: string,
  path: string,
  headers: Record<string, string>,
  body: Uint8Array,
  random: Random = () => 1,
): Uint8Array {
  const length = random(10) === 0 ? Math.max(0, body.length + random(9) - 4) : body.length
  const lines = Object.entries({ host: 'localhost', ...headers }).map(([name, value]) => `${name}: ${value}`)
  const head = [`${method} ${path} HTTP/1.1`, ...lines, `content-length: ${length}`, '', ''].join('\r\n')
  return Buffer.concat([Buffer.from(head), body])
}

/** The request that begins a WebSocket. */
export function upgrade(path: string, headers: Record<string, string> = {}): Piece {
  const { bytes, changed } = raw(
    [
      `GET ${path} HTTP/1.1`,
      ...Object.entries({
        host: 'localhost',
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        ...headers,
      }).map(([name, value]) => `${name}: ${value}`),
      '',
      '',
    ].join('\r\n'),
  )
  // Nothing of what follows would be reached otherwise.
  return { bytes, changed: (random) => (random(10) === 0 ? changed(random) : bytes) }
}

const TEXT = 1
const BINARY = 2

/** A frame of a WebSocket with a message as JSON. */
export function jsonFrame(value: unknown): Piece {
  const text = JSON.stringify(value)
  return webSocketFrame(TEXT, Buffer.from(text), (random) =>
    random(4) === 0
      ? Buffer.from(mutateText(text, random))
      : Buffer.from(`${JSON.stringify(mutateValue(value, random))}`),
  )
}

/** A frame of a WebSocket with a text. */
export function textFrame(text: string): Piece {
  return webSocketFrame(TEXT, Buffer.from(text), (random) => Buffer.from(mutateText(text, random)))
}

/** A frame of a WebSocket with another piece in it. */
export function binaryFrame(inner: Piece): Piece {
  return webSocketFrame(BINARY, inner.bytes, (random) => inner.changed(random))
}

function webSocketFrame(op: number, content: Uint8Array, change: (random: Random) => Uint8Array): Piece {
  const bytes = masked(0x80 | op, content)
  return {
    bytes,
    changed: (random) => {
      if (random(6) === 0) return mutateBytes(bytes, [bytes], random)
      const head = random(10) === 0 ? random(256) : 0x80 | op
      return masked(head, change(random))
    },
  }
}

/** RFC 6455, section 5.2. */
function masked(first: number, content: Uint8Array): Uint8Array {
  const length =
    content.length < 126 ? [0x80 | content.length] : [0x80 | 126, content.length >> 8, content.length & 0xff]
  const mask = [1, 2, 3, 4]
  return Buffer.from([first, ...length, ...mask, ...content.map((byte, i) => byte ^ mask[i & 3])])
}

/** A value as SNMP encodes it (X.690): a tag, and bytes or further values. */
export interface Ber {
  tag: number
  value: Uint8Array | Ber[]
}

/** A message of SNMP: a value in it changes, and all lengths fit. */
export function ber(value: Ber): Piece {
  const bytes = berBytes(value)
  return {
    bytes,
    changed: (random) =>
      random(4) === 0 ? mutateBytes(bytes, [bytes], random) : berBytes(mutateBer(value, random)),
  }
}

function berBytes({ tag, value }: Ber): Uint8Array {
  const content = Array.isArray(value) ? Buffer.concat(value.map(berBytes)) : value
  const { length } = content
  const head = length < 128 ? [tag, length] : [tag, 0x82, (length >> 8) & 0xff, length & 0xff]
  return Buffer.concat([Buffer.from(head), content])
}

const berTags = [
  0, 1, 2, 3, 4, 5, 6, 0x30, 0x40, 0x41, 0x42, 0x43, 0x44, 0x46, 0x80, 0x81, 0x82, 0xa0, 0xa1, 0xa2,
]
berTags.push(0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8)

function mutateBer(node: Ber, random: Random): Ber {
  const { tag, value } = node
  if (random(8) === 0) return { tag: pick(berTags, random), value }
  if (!Array.isArray(value)) {
    return {
      tag,
      value:
        random(4) === 0
          ? new Uint8Array(0)
          : mutateBytes(value, [value, new Uint8Array(40).fill(0xff)], random),
    }
  }
  const at = random(value.length + 1)
  if (at === value.length) return { tag, value: value.length > 0 ? [...value, pick(value, random)] : [] }
  if (random(8) === 0) return { tag, value: value.toSpliced(at, 1) }
  return { tag, value: value.with(at, mutateBer(value[at], random)) }
}
