import { encode, type FrameParts } from '../../src/event/index.js'
import { Op } from '../../src/protocols/native/protocol.js'
import { type Attack, repeat, type Size, Tally, type Target } from './attack.js'
import { Peer } from './peer.js'

const SUBSCRIBERS = { full: 100, quick: 50 }
const EVENTS_A_SECOND = 50

/** Many subscribers with filters that cost as much as may be, and events on which all of them are tried. */
function filterAttack(
  name: string,
  what: string,
  event: FrameParts,
  filter: (nth: number) => object,
): Attack {
  return {
    name,
    what,
    must: 20,
    prepare: async (target, size) => (seconds) => strike(target, size, seconds, event, filter),
  }
}

async function strike(
  target: Target,
  size: Size,
  seconds: number,
  event: FrameParts,
  filter: (nth: number) => object,
): Promise<string> {
  const answers = new Tally()
  const subscribers: Peer[] = []
  for (let nth = 0; nth < SUBSCRIBERS[size]; nth++) {
    const subscriber = await subscribe(target, filter(nth), answers)
    if (subscriber !== undefined) subscribers.push(subscriber)
  }
  const publisher = await Peer.open(target)
  for (let i = 0; i < seconds * EVENTS_A_SECOND; i++) {
    await publisher.write(publisher.event(event))
    await new Promise((resolve) => setTimeout(resolve, 1000 / EVENTS_A_SECOND))
  }
  const left = subscribers.filter(({ socket }) => !socket.destroyed).length
  for (const peer of [publisher, ...subscribers]) peer.close()
  return `${answers}; ${left} subscribers left at the end`
}

async function subscribe(target: Target, filters: object, answers: Tally): Promise<Peer | undefined> {
  const peer = await Peer.open(target)
  peer.send('subscribe', { filters } as never)
  try {
    await peer.next(Op.live)
    peer.onRecord = (op, body) => {
      if (op !== Op.goodbye) return
      answers.add((body as { code: string }).code)
      peer.close()
    }
    answers.add('subscribed')
    return peer
  } catch (error) {
    answers.add(/TCN_\w+/.exec(String(error))?.[0] ?? String(error))
    return undefined
  }
}

/** The longest text to which patterns are applied, and of the patterns' own letter. */
const PATTERNED_BYTES = 4096
const PATTERN_BYTES = 254
/** Patterns with as many of them as one filter may have: of single letters, and of parts that are searched at once. */
const hardest = [
  { count: 12, of: '*a'.repeat(PATTERN_BYTES / 2 - 5) },
  { count: 12, of: `*${'a?'.repeat(13)}`.repeat(9) },
  { count: 5, of: `*${'a?'.repeat(PATTERN_BYTES / 2 - 6)}` },
]

export const globs = filterAttack(
  'globs',
  'subscribers with the longest globs on the longest texts',
  { tag: 'load/globs', body: encode({ message: 'a'.repeat(PATTERNED_BYTES) }) },
  (nth) => {
    const { count, of } = hardest[nth % hardest.length]
    return {
      any: Array.from({ length: count }, (_, i) => ({ glob: { 'data.message': `${of}${nth}-${i}*` } })),
    }
  },
)

const SEARCHED_BYTES = 64 * 1024
const CONDITIONS_EACH = 4

export const cesql = filterAttack(
  'cesql',
  'subscribers with the costliest SQL on texts of 64 KB',
  { tag: 'load/sql', body: encode({ text: 'ab'.repeat(SEARCHED_BYTES / 2) }) },
  (nth) => ({
    sql: Array.from(
      { length: CONDITIONS_EACH },
      (_, i) => `UPPER(CONCAT(data.text, '${nth}')) = LOWER(CONCAT(data.text, '${i}'))`,
    ).join(' OR '),
  }),
)

const KEYS = 1_000_000
const FIELDS_EACH = 60

/** A map of 16 MB, and filters that look for fields which it does not have. */
export const longFields: Attack = {
  name: 'long-fields',
  what: 'subscribers with filters of 60 fields, and events of 16 MB of a million keys',
  must: 50,
  async prepare(target, size) {
    const publisher = await Peer.open(target)
    const frame = publisher.event({ tag: 'load/fields', body: manyKeys() })
    return async (seconds) => {
      const answers = new Tally()
      const subscribers: Peer[] = []
      for (let nth = 0; nth < SUBSCRIBERS[size] / 10; nth++) {
        const any = Array.from({ length: FIELDS_EACH }, (_, i) => ({
          exact: { [`data.none${nth}of${i}`]: 1 },
        }))
        const subscriber = await subscribe(target, { any }, answers)
        if (subscriber !== undefined) subscribers.push(subscriber)
      }
      await repeat(seconds, async () => {
        const answer = await publisher.publish(frame)
        answers.add(answer.startsWith('TCN') ? answer : 'published')
      })
      const left = subscribers.filter(({ socket }) => !socket.destroyed).length
      for (const peer of [publisher, ...subscribers]) peer.close()
      return `${answers}; ${left} subscribers left at the end`
    }
  },
}

/** A map of 16 MB. */
export function manyKeys(): Uint8Array {
  const body = Buffer.alloc(5 + KEYS * 16)
  body[0] = 0xdf
  body.writeUInt32BE(KEYS, 1)
  for (let nth = 0, at = 5; nth < KEYS; nth++) {
    body[at] = 0xa0 | 8
    body.write(String(nth).padStart(8, 'k'), at + 1)
    body[at + 9] = 0xa0 | 6
    body.write('value!', at + 10)
    at += 16
  }
  return body
}
