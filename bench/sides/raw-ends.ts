import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { encodeRecord } from '../../src/protocols/native/codec.js'
import { PROTOCOL_VERSION } from '../../src/protocols/native/protocol.js'
import { FILTER } from '../harness/sample-event.js'
import { BODY, countRaw, type RawFrames, RawSender, TAG } from './raw-events.js'
import type { Ends } from './side.js'

const SALT_BODY = Buffer.concat([Buffer.from(`${TAG}\n\n`), BODY])

/** `{ "head": {}, "body": <bin> }`; the length of a body below 256 bytes has one byte. */
const SALT_PREFIX = Buffer.from([0x82, 0xa4, ...Buffer.from('head'), 0x80, 0xa4, ...Buffer.from('body')])
const isShort = SALT_BODY.length < 256
const SALT: RawFrames = {
  template: Buffer.concat([
    SALT_PREFIX,
    isShort
      ? Buffer.from([0xc4, SALT_BODY.length])
      : Buffer.concat([Buffer.from([0xc5]), u16be(SALT_BODY.length)]),
    SALT_BODY,
  ]),
}

/** Uses the sockets of a Salt bus, in the folder given as the address. */
export const saltEnds: Ends = {
  sender: async (address) => new RawSender(await dial(join(address, 'master_event_pull.ipc')), [SALT]),
  async receive(address, receiving) {
    const socket = await dial(join(address, 'master_event_pub.ipc'))
    const kind = SALT_PREFIX.length
    countRaw(socket, receiving, (chunk, at) => {
      if (chunk.length - at < kind + 3) return 0
      if (chunk[at + kind] === 0xc4) return kind + 2 + chunk[at + kind + 1]
      if (chunk[at + kind] === 0xc5) return kind + 3 + chunk.readUInt16BE(at + kind + 1)
      throw new Error('not an event of this benchmark')
    })
  },
  replay: () => Promise.reject(new Error('a Salt bus does not replay')),
}

const LENGTH = 4
const EVENT = 1
const HEADER = 32

/** Uses the native protocol with the same event, created and counted in the same way. */
export const rawNativeEnds: Ends = {
  async sender(address) {
    const { socket, source } = await openPublisher(address)
    return new RawSender(socket, [nativeFrame(source, TAG)])
  },
  async receive(address, receiving) {
    const { socket } = await openPublisher(address)
    socket.write(encodeRecord('subscribe', { filters: FILTER }))
    await once(socket, 'data')
    countRaw(socket, receiving, nativeLength)
  },
  replay: () => Promise.reject(new Error('no row replays raw')),
}

/** The length of the record at an offset, as `countRaw` wants it. */
export function nativeLength(chunk: Buffer, at: number): number {
  if (chunk.length - at <= LENGTH) return 0
  const length = chunk.readUInt32LE(at) + LENGTH
  return chunk[at + LENGTH] === EVENT ? length : -length
}

/** An event with the body of this benchmark. */
export function nativeFrame(source: string, tag: string, kind = 0): RawFrames {
  const header = Buffer.alloc(HEADER)
  const rest = Buffer.concat([Buffer.from(`${source}${tag}\n\n`), BODY])
  header.writeUInt32LE(HEADER - LENGTH + rest.length, 0)
  header[LENGTH] = EVENT
  header.writeUInt16LE(tag.length, 6)
  header.writeUInt32LE(kind, 24)
  header.writeUInt16LE(source.length, 28)
  return { template: Buffer.concat([header, rest]), count: countFrame }
}

function countFrame(slab: Buffer, at: number, counter: number): void {
  slab.writeUInt32LE(counter >>> 0, at + 8)
  slab.writeUInt32LE(Math.floor(counter / 2 ** 32), at + 12)
}

/** Connects, and reads the source attribute, which is text in the map of `welcome`. */
export async function openPublisher(address: string): Promise<{ socket: Socket; source: string }> {
  const socket = await dial(address)
  socket.write(encodeRecord('hello', { version: PROTOCOL_VERSION }))
  const [welcome] = (await once(socket, 'data')) as [Buffer]
  const key = welcome.indexOf('\u00a6source', 0, 'latin1')
  const length = welcome[key + 7] & 0x1f
  return { socket, source: welcome.toString('utf8', key + 8, key + 8 + length) }
}

async function dial(path: string): Promise<Socket> {
  const socket = connect(path)
  await once(socket, 'connect')
  return socket
}

function u16be(value: number): Buffer {
  return Buffer.from([value >>> 8, value & 0xff])
}
