import { type Attack, Tally, type Target } from './attack.js'
import { Peer } from './peer.js'

const READERS = 5
const NILS = 16_000_000

/** One event of a byte a value, which is five times as long in JSON, and readers that want JSON. */
export const nils: Attack = {
  name: 'nils-as-json',
  what: 'one event of 16 million nils, read as JSON by 5 readers of server-sent events',
  must: 50,
  growth: 64,
  async prepare(target) {
    const publisher = await Peer.open(target)
    const frame = publisher.event({ tag: 'load/nils', body: listOfNils() })
    return async (seconds) => {
      const cursor = await publisher.publish(frame)
      const began = `@${cursor.split('-')[1]}`
      const outcomes = new Tally()
      await Promise.all(Array.from({ length: READERS }, () => read(target, began, seconds, outcomes)))
      publisher.close()
      return `${cursor.startsWith('TCN') ? cursor : 'published'}, readers: ${outcomes}`
    }
  },
}

function listOfNils(): Uint8Array {
  const body = new Uint8Array(5 + NILS).fill(0xc0)
  body[0] = 0xdd
  new DataView(body.buffer).setUint32(1, NILS)
  return body
}

/** Reads from the event on, as fast as it comes. */
async function read({ http, token }: Target, from: string, seconds: number, outcomes: Tally): Promise<void> {
  const url = `http://127.0.0.1:${http}/v1/stream?filter=load/nils&from=${encodeURIComponent(from)}`
  const signal = AbortSignal.timeout(seconds * 1000)
  let bytes = 0
  try {
    const { body } = await fetch(url, { headers: { authorization: `Bearer ${token}` }, signal })
    for await (const chunk of body!) bytes += chunk.length
  } catch {
    // Its time was over.
  }
  outcomes.add(`${Math.round(bytes / 2 ** 20)} MB`)
}
