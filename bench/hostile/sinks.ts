import { encode } from '../../src/event/index.js'
import { pause } from '../harness/clock.js'
import { type Attack, repeat, Tally } from './attack.js'
import { Peer } from './peer.js'

const VALUES = 120_000
const CONTROLS = 2 * 2 ** 20
const PAUSE_SECONDS = 0.2

/** Publishes an event again and again that a sink of the hub delivers. */
function delivered(name: string, what: string, body: () => Uint8Array): Attack {
  return {
    name,
    what: `${what}, five a second, which a sink delivers`,
    must: 50,
    async prepare(target) {
      const publisher = await Peer.open(target)
      const bytes = body()
      return async (seconds) => {
        const answers = new Tally()
        await repeat(seconds, async () => {
          const cursor = await publisher.publish(publisher.event({ tag: `load/sink/${name}`, body: bytes }))
          answers.add(cursor.startsWith('TCN') ? cursor : 'published')
          await pause(PAUSE_SECONDS)
        })
        publisher.close()
        return String(answers)
      }
    },
  }
}

export const sinks: readonly Attack[] = [
  delivered('sink-values', 'events of 120,000 values', () =>
    encode(Array.from({ length: VALUES }, (_, nth) => nth)),
  ),
  delivered('sink-controls', 'events of 2 MB of control characters', () => encode('\u0001'.repeat(CONTROLS))),
]
