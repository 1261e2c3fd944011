import { encode } from '../../src/event/index.js'
import { encodeRecord } from '../../src/protocols/native/codec.js'
import { Op } from '../../src/protocols/native/protocol.js'
import { type Attack, repeat, Tally } from './attack.js'
import { Peer } from './peer.js'

const EVENTS_A_WRITE = 100

/** One connection asks for the answer of another, which takes part and never answers or reads. */
export const openGates: Attack = {
  name: 'open-gates',
  what: 'events at a gate whose only subscriber never answers',
  must: 20,
  async prepare(target) {
    const silent = await Peer.open(target)
    silent.send('subscribe', { filters: ['load/gated'], gates: ['load/gate'] })
    await silent.next(Op.live)
    silent.socket.pause()
    const publisher = await Peer.open(target)
    const body = encode({})
    return async (seconds) => {
      const answers = new Tally()
      let sent = 0
      publisher.onRecord = (op, record) => {
        if (op === Op.refused || op === Op.error) answers.add((record as { code: string }).code)
      }
      await repeat(seconds, async () => {
        const records: Uint8Array[] = []
        for (let i = 0; i < EVENTS_A_WRITE; i++) {
          const event = publisher.event({ tag: 'load/gated', body })
          const { counter } = publisher
          records.push(encodeRecord('gate', { name: 'load/gate', counter, deadline: 120_000 }), event)
        }
        sent += EVENTS_A_WRITE
        await publisher.write(Buffer.concat(records))
      })
      for (const peer of [publisher, silent]) peer.close()
      return `${sent.toLocaleString('en')} sent; ${answers}`
    }
  },
}
