import { encode } from '../../src/event/index.js'
import { Op } from '../../src/protocols/native/protocol.js'
import { type Attack, repeat, Tally } from './attack.js'
import { Peer } from './peer.js'

const TAGS = { full: 1_000_000, quick: 250_000 }
const TAGS_A_SOURCE = 10
const EVENTS_A_WRITE = 500

/** Every event has a tag of its own, and every tenth a source of its own. The log keeps them for what follows. */
const manyTags: Attack = {
  name: 'many-tags',
  what: '1,000,000 different tags and 100,000 different sources',
  must: 50,
  async prepare(target, size) {
    const publisher = await Peer.open(target)
    const body = encode({ n: 1 })
    const event = (n: number) =>
      publisher.event({
        tag: `load/${n % 1000}/many-${n.toString(36)}`,
        source: `${publisher.source}/${Math.floor(n / TAGS_A_SOURCE)}`,
        body,
      })
    return async () => {
      const began = Date.now()
      const answers = new Tally()
      const answered = new Promise<void>((resolve) => {
        publisher.onRecord = (op, record) => {
          const { counter, code } = record as { counter: number; code?: string }
          if (op === Op.refused) answers.add(code!)
          if (counter >= TAGS[size]) resolve()
        }
        publisher.onClosed = resolve
      })
      for (let n = 0; n < TAGS[size]; n += EVENTS_A_WRITE) {
        const frames = Array.from({ length: EVENTS_A_WRITE }, (_, i) => event(n + i))
        await publisher.write(Buffer.concat(frames))
      }
      await answered
      publisher.close()
      return `${TAGS[size].toLocaleString('en')} tags in ${((Date.now() - began) / 1000).toFixed(1)} s; ${answers}`
    }
  },
}

const AT_ONCE = 16

function questions(name: string, method: string, params: Record<string, unknown>): Attack {
  return {
    name,
    what: `${AT_ONCE} × ${method} ${JSON.stringify(params)} at once, over many different tags`,
    must: 50,
    async prepare(target) {
      const peer = await Peer.open(target)
      return async (seconds) => {
        const answers = new Tally()
        const all = Array.from({ length: AT_ONCE }, () => params)
        await repeat(seconds, () => peer.requests(method, all, (code) => answers.add(code)))
        peer.close()
        return String(answers)
      }
    },
  }
}

export const cardinality: Attack[] = [
  manyTags,
  questions('histogram-by-tag', 'events.histogram', { by: 'tag', from: '-1h' }),
  questions('facets-tag', 'events.facets', { field: 'tag', from: '-1h' }),
  questions('facets-source', 'events.facets', { field: 'source', from: '-1h' }),
  questions('facets-data', 'events.facets', { field: 'data.n', from: '-1h' }),
  questions('complete', 'tags.complete', { prefix: 'load/' }),
  questions('gaps', 'gaps.list', {}),
]
