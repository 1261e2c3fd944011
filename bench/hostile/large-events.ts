import { WebSocket } from 'ws'
import { encode } from '../../src/event/index.js'
import { type Attack, Tally, type Target } from './attack.js'
import { Peer } from './peer.js'

const READERS = 5
const NILS = 16_000_000
/** Nearly as many as are shown in JSON one by one, in 16 MB. */
const VALUES = 120_000
const VALUE_LENGTH = 130
const CONTROLS = 16_000_000

/** Reads an event from its place in the log on, and returns how many bytes came. */
type Read = (target: Target, from: string, signal: AbortSignal) => Promise<number>

/** One large event, and readers that want JSON. */
function largeEvent(name: string, what: string, body: () => Uint8Array, read: Read): Attack {
  return {
    name,
    what,
    must: 50,
    growth: 64,
    async prepare(target) {
      const publisher = await Peer.open(target)
      const frame = publisher.event({ tag: `load/${name}`, body: body() })
      return async (seconds) => {
        const cursor = await publisher.publish(frame)
        const outcomes = new Tally()
        const signal = AbortSignal.timeout(seconds * 1000)
        const readOne = async () => {
          const bytes = await read(target, `@${cursor.split('-')[1]}`, signal)
          outcomes.add(`${Math.round(bytes / 2 ** 20)} MB`)
        }
        await Promise.all(Array.from({ length: READERS }, readOne))
        publisher.close()
        return `${cursor.startsWith('TCN') ? cursor : 'published'}, readers: ${outcomes}`
      }
    },
  }
}

/** A byte a value: five times as long in JSON. */
function listOfNils(): Uint8Array {
  const body = new Uint8Array(5 + NILS).fill(0xc0)
  body[0] = 0xdd
  new DataView(body.buffer).setUint32(1, NILS)
  return body
}

function listOfTexts(): Uint8Array {
  return encode(new Array(VALUES).fill('x'.repeat(VALUE_LENGTH)))
}

/** Six times as long in JSON. */
function controls(): Uint8Array {
  return encode('\u0001'.repeat(CONTROLS))
}

const stream: Read = async (target, from, signal) =>
  download(target, `/v1/stream?from=${encodeURIComponent(from)}`, signal)

/** A page after the other, each from the event on. */
const pages: Read = async (target, from, signal) => {
  let bytes = 0
  while (!signal.aborted)
    bytes += await download(target, `/v1/events?limit=1&from=${encodeURIComponent(from)}`, signal)
  return bytes
}

async function download({ http, token }: Target, path: string, signal: AbortSignal): Promise<number> {
  let bytes = 0
  try {
    const headers = { authorization: `Bearer ${token}` }
    const { body } = await fetch(`http://127.0.0.1:${http}${path}`, { headers, signal })
    for await (const chunk of body!) bytes += chunk.length
  } catch {
    // Its time was over.
  }
  return bytes
}

const webSocket: Read = ({ http, token }, from, signal) =>
  new Promise((resolve) => {
    let bytes = 0
    const address = `ws://127.0.0.1:${http}/v1/ws?from=${encodeURIComponent(from)}`
    const headers = { authorization: `Bearer ${token}` }
    const socket = new WebSocket(address, 'cloudevents.json', { headers, maxPayload: 2 ** 28 })
    socket.on('message', (message: Buffer) => (bytes += message.length))
    socket.on('error', () => socket.terminate())
    socket.on('close', () => resolve(bytes))
    signal.addEventListener('abort', () => socket.terminate())
  })

const readers = `read as JSON by ${READERS} readers`
export const largeEvents: readonly Attack[] = [
  largeEvent(
    'nils-as-json',
    `one event of 16 million nils, ${readers} of server-sent events`,
    listOfNils,
    stream,
  ),
  largeEvent(
    'values-as-json',
    `one event of 120,000 values, 16 MB, ${readers} over WebSockets`,
    listOfTexts,
    webSocket,
  ),
  largeEvent(
    'text-as-json',
    `one event of 16 MB of control characters, ${readers} of pages, again and again`,
    controls,
    pages,
  ),
]
