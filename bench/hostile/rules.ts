import { encode } from '../../src/event/index.js'
import { type Attack, repeat, Tally } from './attack.js'
import { manyKeys } from './filters.js'
import { Peer } from './peer.js'

const EVENTS_A_WRITE = 100
/** A little less than templates may use of an event. */
const TEXT_BYTES = 59_000

/** Publishes events of which a rule of the hub makes something. */
function ruled(name: string, what: string, tag: string, data: (nth: number) => object): Attack {
  return {
    name,
    what,
    must: 50,
    async prepare(target) {
      const publisher = await Peer.open(target)
      return async (seconds) => {
        const answers = new Tally()
        let nth = 0
        await repeat(seconds, async () => {
          const frames: Uint8Array[] = []
          for (let i = 1; i < EVENTS_A_WRITE; i++)
            frames.push(publisher.event({ tag, body: encode(data(nth++)) }))
          await publisher.write(Buffer.concat(frames))
          const last = await publisher.publish(publisher.event({ tag, body: encode(data(nth++)) }))
          answers.add(last.startsWith('TCN') ? last : 'hundred published')
        })
        publisher.close()
        return String(answers)
      }
    },
  }
}

const fields: Attack = {
  name: 'rule-fields',
  what: 'events of 16 MB of a million keys, in which a rule looks for fields',
  must: 50,
  async prepare(target) {
    const publisher = await Peer.open(target)
    const frame = publisher.event({ tag: 'load/rule/large', body: manyKeys() })
    return async (seconds) => {
      const answers = new Tally()
      await repeat(seconds, async () => {
        const answer = await publisher.publish(frame)
        answers.add(answer.startsWith('TCN') ? answer : 'published')
      })
      publisher.close()
      return String(answers)
    }
  },
}

const text = 'x'.repeat(TEXT_BYTES)

export const rules: readonly Attack[] = [
  ruled(
    'rule-large',
    'events of 60 KB of each of which a rule makes one of 240 KB',
    'load/rule/large',
    () => ({
      text,
    }),
  ),
  ruled(
    'rule-waits',
    'events for which a rule waits, each in a group of its own',
    'load/rule/waits',
    (nth) => ({
      key: `group ${nth}`,
    }),
  ),
  ruled('rule-groups', 'events that a rule counts by keys of 300 characters', 'load/rule/many', (nth) => ({
    key: `${nth}`.padStart(300, 'k'),
  })),
  fields,
]
