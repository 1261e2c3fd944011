import { connect } from 'node:net'
import { encode } from '../../src/event/index.js'
import { type Attack, repeat, Tally, type Target } from './attack.js'

const MB = 2 ** 20
const DEPTH = 100_000
const KEYS = 60_000
const AT_ONCE = 8

/** The messages besides events that publishers of a Salt bus may send. */
function junk(): Buffer[] {
  const keys = Object.fromEntries(Array.from({ length: KEYS }, (_, nth) => [`key-${nth}`, nth]))
  const frame = (body: string | Uint8Array) => Buffer.from(encode({ head: {}, body }))
  return [
    Buffer.from(Array.from({ length: MB }, (_, nth) => (nth * 7919) % 256)),
    Buffer.alloc(MB, 0xc1),
    // Lists in lists, and a map that says it is longer than all that follows.
    Buffer.alloc(DEPTH, 0x91),
    Buffer.from([0xdf, 0xff, 0xff, 0xff, 0xff]),
    frame(Buffer.concat([Buffer.from('load/salt\n\n'), encode(keys)])),
    frame(Buffer.concat([Buffer.from('load/salt\n\n'), Buffer.alloc(MB, 0x91)])),
    frame('x'.repeat(MB)),
    Buffer.concat(Array.from({ length: 20_000 }, () => frame('load/salt\n\n\x80'))),
  ]
}

/** Resolves when the hub has closed the connection, or has read everything. */
function send({ salt }: Target, bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(salt, '127.0.0.1')
    let outcome = 'taken'
    socket.on('error', () => (outcome = 'closed'))
    socket.on('close', () => resolve(outcome))
    socket.resume().end(bytes)
  })
}

export const saltJunk: Attack = {
  name: 'salt-junk',
  what: 'junk on a Salt bus: no msgpack, deep lists, many keys, long texts, very many small frames',
  must: 50,
  async prepare(target) {
    const all = junk()
    return async (seconds) => {
      const outcomes = new Tally()
      await repeat(seconds, async () => {
        for (const bytes of all) {
          const sent = Array.from({ length: AT_ONCE }, () => send(target, bytes))
          for (const outcome of await Promise.all(sent)) outcomes.add(outcome)
        }
      })
      return String(outcomes)
    }
  },
}
