/** Frames of RFC 6455 as a server sends them: not masked, so that peers can share their bytes. */

export const Opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const
type Opcode = (typeof Opcode)[keyof typeof Opcode]

const FINAL = 0x80

function headerLength(payload: number): number {
  if (payload < 126) return 2
  return payload < 65536 ? 4 : 10
}

/** Returns the offset after the header. */
function writeFrameHeader(target: Buffer, at: number, opcode: Opcode, payload: number): number {
  target[at] = FINAL | opcode
  if (payload < 126) {
    target[at + 1] = payload
    return at + 2
  }
  if (payload < 65536) {
    target[at + 1] = 126
    target.writeUInt16BE(payload, at + 2)
    return at + 4
  }
  target[at + 1] = 127
  target.writeUInt32BE(Math.floor(payload / 2 ** 32), at + 2)
  target.writeUInt32BE(payload >>> 0, at + 6)
  return at + 10
}

export function frameHeader(opcode: Opcode, payload: number): Buffer {
  const header = Buffer.allocUnsafe(headerLength(payload))
  writeFrameHeader(header, 0, opcode, payload)
  return header
}

export function controlFrame(opcode: Opcode, payload: Uint8Array): Buffer {
  return Buffer.concat([frameHeader(opcode, payload.length), payload])
}

/** One frame for each text, back to back in one buffer. */
export function textFrames(texts: readonly string[]): Buffer {
  let size = 0
  const lengths = texts.map((text) => Buffer.byteLength(text))
  for (const length of lengths) size += headerLength(length) + length
  const frames = Buffer.allocUnsafeSlow(size)
  let at = 0
  for (let i = 0; i < texts.length; i++) {
    at = writeFrameHeader(frames, at, Opcode.text, lengths[i])
    at += frames.write(texts[i], at)
  }
  return frames
}

/** Returns the payload of each frame that `textFrames` has written. */
export function* payloadsOf(frames: Uint8Array): Generator<Buffer> {
  const bytes = Buffer.from(frames.buffer, frames.byteOffset, frames.length)
  for (let at = 0; at < bytes.length; ) {
    const short = bytes[at + 1]
    const length =
      short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2))
    const begin = at + headerLength(length)
    at = begin + length
    yield bytes.subarray(begin, at)
  }
}

/** The frames of one text message that is sent in parts. */
export class MessageParts {
  #opcode: Opcode = Opcode.text

  /** Returns the frame of the next part. */
  frame(part: Uint8Array, isLast = false): Uint8Array[] {
    const header = frameHeader(this.#opcode, part.length)
    if (!isLast) header[0] &= ~FINAL
    this.#opcode = Opcode.continuation
    return [header, part]
  }
}

/**
 * Returns the close code of RFC 6455 for the reason that ended the connection: a code of the catalogue, END or STOP.
 */
export function closeCode(code: string): number {
  switch (code) {
    case 'END':
      return 1000
    case 'STOP':
    case 'TCN_BUS_CLOSED':
      return 1001
    case 'TCN_WEBSOCKET_MESSAGE':
      return 1003
    case 'TCN_PROTOCOL_LENGTH':
    case 'TCN_FRAME_TOO_LARGE':
      return 1009
    case 'TCN_INTERNAL':
      return 1011
    case 'TCN_BUS_LAG':
    case 'TCN_BUS_SUSPENDED':
    case 'TCN_PROTOCOL_TOO_MANY':
    case 'TCN_HTTP_TOO_MANY':
      return 1013
    default:
      return 1008
  }
}
