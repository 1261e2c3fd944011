import { describe, expect, test } from 'vitest'
import { Fence, newestEvent } from '../../../src/log/jetstream/fence.js'
import { JetStreamLog } from '../../../src/log/jetstream/jetstream-log.js'
import { Subjects } from '../../../src/log/jetstream/subjects.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { ModelLink } from '../../simulation/nats/link.js'
import { NatsModel } from '../../simulation/nats/server.js'
import { append, frameOf, readAll } from '../conformance/tools.js'

const WINDOW = 16
const soon = (run: () => void) => void setImmediate(run)

/** A connection whose way to the server can be held. */
class HeldWay {
  #held: (() => void)[] | undefined
  readonly up = (run: () => void): void => {
    if (this.#held === undefined) soon(run)
    else this.#held.push(run)
  }

  hold(): void {
    this.#held = []
  }

  get count(): number {
    return this.#held?.length ?? 0
  }

  /** What was held arrives at once, in its order. */
  release(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const run of held) run()
  }
}

const held = new WeakMap<JetStreamLog, HeldWay>()

async function opened(model: NatsModel): Promise<JetStreamLog> {
  const way = new HeldWay()
  const link = new ModelLink(realRuntime, model, { up: way.up, down: soon, close: () => undefined })
  const log = await JetStreamLog.open({
    runtime: realRuntime,
    link,
    prefix: 'LOG',
    stream: 'LOG',
    window: WINDOW,
    typeOf: (tag) => tag,
  })
  held.set(log, way)
  return log
}

const leaseOf = (owner: string) => ({ owner, isHeld: () => true })
const producersOf = (counter: number) => [{ key: 'alice/one', first: counter, last: counter, count: 1 }]

async function tagsOf(log: JetStreamLog): Promise<string[]> {
  return (await readAll(log, log.first)).map(({ tag }) => tag)
}

async function countersOf(log: JetStreamLog): Promise<number[]> {
  const found: number[] = []
  for await (const { producers } of log.counters(1)) found.push(...producers.map(({ last }) => last))
  return found
}

test('events that the server takes between the messages of a barrier are delivered to nobody and not kept', async () => {
  const model = new NatsModel(realRuntime)
  const [old, next, reader] = [await opened(model), await opened(model), await opened(model)]
  await old.lead(leaseOf('old'))
  const delivered: number[] = []
  const note = (log: JetStreamLog) =>
    log.onStored(({ producers = [] }) => void delivered.push(...producers.map(({ last }) => last)))
  note(next)
  note(reader)
  await append(old, [frameOf('before')], producersOf(1))
  const fresh = await opened(model)
  note(fresh)
  const way = held.get(old)!
  way.hold()
  const late = [2, 3, 4].map((counter) =>
    append(old, [frameOf(`late/${counter}`)], producersOf(counter)).catch(({ code }) => code),
  )
  await expect.poll(() => way.count).toBeGreaterThanOrEqual(3)
  // The first message of the barrier takes the place of the first event; the other events name the places after it.
  let isFirst = true
  model.stored.add((_, { subject }) => {
    if (!isFirst || subject !== 'LOG.barrier') return
    isFirst = false
    way.release()
  })
  await next.lead(leaseOf('next'))
  expect(await Promise.all(late)).toEqual(Array(3).fill('TCN_LOG_TERM_OVER'))
  await append(next, [frameOf('again')], producersOf(2))
  await expect.poll(() => [reader.last, fresh.last]).toEqual([next.last, next.last])
  expect(new Set(delivered)).toEqual(new Set([1, 2]))
  expect(await tagsOf(reader)).toEqual(['before', 'again'])
  expect(await countersOf(await opened(model))).toEqual([1, 2])
})

test('an event that the earlier primary stores before the first message of a barrier is kept', async () => {
  const model = new NatsModel(realRuntime)
  const [old, next] = [await opened(model), await opened(model)]
  await old.lead(leaseOf('old'))
  await append(old, [frameOf('before')], producersOf(1))
  const way = held.get(next)!
  way.hold()
  const leading = next.lead(leaseOf('next'))
  await expect.poll(() => way.count).toBeGreaterThanOrEqual(1)
  // It learns where the stream ends, and the first message of its barrier is on the way meanwhile.
  way.release()
  way.hold()
  await expect.poll(() => way.count).toBeGreaterThanOrEqual(1)
  await append(old, [frameOf('acknowledged')], producersOf(2))
  way.release()
  await leading
  expect(await tagsOf(next)).toEqual(['before', 'acknowledged'])
  expect(await tagsOf(await opened(model))).toEqual(['before', 'acknowledged'])
})

test('what a hub has let in that gave up its barrier is kept by nobody', async () => {
  const model = new NatsModel(realRuntime)
  const [old, next, reader] = [await opened(model), await opened(model), await opened(model)]
  await old.lead(leaseOf('old'))
  await append(old, [frameOf('before')], producersOf(1))
  const way = held.get(old)!
  way.hold()
  for (const counter of [2, 3, 4])
    append(old, [frameOf(`late/${counter}`)], producersOf(counter)).catch(() => undefined)
  await expect.poll(() => way.count).toBeGreaterThanOrEqual(3)
  let isLeader = true
  model.stored.add((_, { subject }) => {
    if (!isLeader || subject !== 'LOG.barrier') return
    isLeader = false
    way.release()
  })
  await expect(next.lead({ owner: 'next', isHeld: () => isLeader })).rejects.toMatchObject({
    code: 'TCN_LOG_TERM_OVER',
  })
  const fresh = await opened(model)
  expect(await countersOf(fresh)).toEqual([1])
  await fresh.lead(leaseOf('fresh'))
  await append(fresh, [frameOf('again')], producersOf(2))
  await expect.poll(() => reader.last).toBe(fresh.last)
  expect(await tagsOf(reader)).toEqual(['before', 'again'])
  expect(await tagsOf(await opened(model))).toEqual(['before', 'again'])
})

describe('the newest event', () => {
  const subjects = new Subjects('LOG')

  /** Messages from place 1 on: `b` for one of a barrier, a term for an event, a dot for none. */
  async function newestOf(text: string, window = 2) {
    const messages = text.split(' ').map((token, at) => ({ token, seq: at + 1 }))
    const removed: number[] = []
    const present = () => messages.filter(({ token, seq }) => token !== '.' && !removed.includes(seq))
    const headerOf = (token: string) => `NATS/1.0\r\nce-subject: a\r\ntocsin-term: ${token}\r\n\r\n`
    const api = {
      message: async (_: string, { seq = 0, last_by_subj }: { seq?: number; last_by_subj?: string }) => {
        const isEvent = last_by_subj === subjects.events
        const found = present().filter((each) => each.seq >= seq && (each.token === 'b') !== isEvent)
        const message = isEvent ? found.at(-1) : found[0]
        return message && { seq: message.seq, header: headerOf(message.token) }
      },
      removeMessage: async (_: string, seq: number) => void removed.push(seq),
    }
    const newest = await newestEvent({ api: api as never, stream: 's', subjects, window })
    return { newest: newest?.seq, removed }
  }

  test.each([
    ['is the last one before a barrier', 'b b 1 1 b b', 4, []],
    ['is the last one after its own barrier', 'b b b b 3 3 3 3', 8, []],
    ['is none that comes after a message of a later barrier', 'b b 1 b 1 1', 3, [6, 5]],
    ['is none between the messages of a later barrier', 'b b 1 b 1 b 1 b b', 3, [7, 5]],
    ['is none if there are only late ones', 'b b b 1 b b', undefined, [4]],
    ['is none if there is none', 'b b', undefined, []],
  ] as const)('%s', async (_, messages, newest, removed) => {
    expect(await newestOf(messages)).toEqual({ newest, removed })
  })
})

describe('a fence', () => {
  /** Messages by place: `b` and the name of a hub for a barrier, a term for an event, a dot for none. */
  function lateOf(messages: string, first = 1): number[] {
    const fence = new Fence()
    const late: number[] = []
    for (const [at, message] of messages.split(' ').entries()) {
      if (message === '.') continue
      const place = first + at
      const term = Number(message)
      fence.take(place, message.startsWith('b') ? { owner: message } : { term })
      if (fence.isLate(term)) late.push(place)
    }
    return late
  }

  test('knows what was late after one message of a barrier', () => {
    expect(lateOf('b1 b1 1 1 b2 1 1 b2 b2 8 8')).toEqual([6, 7])
  })

  test('knows it also where the barrier follows that of another hub', () => {
    expect(lateOf('1 b1 b1 b2 2 b2 b2 6')).toEqual([5])
  })

  test('takes no event for late whose barrier began where the stream had something else before', () => {
    expect(lateOf('b1 b1 1 1 b2 b2 3 3')).toEqual([])
  })

  test('takes no event for late after a barrier that it has not seen from the begin on', () => {
    expect(lateOf('b1 b1 3 3', 5)).toEqual([])
    expect(lateOf('2 2 . . b1 b1 3 3', 5)).toEqual([])
  })
})
