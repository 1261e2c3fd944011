import { expect, test } from 'vitest'
import type { AppendOutcome } from '../../src/cluster/append/append-entry.js'
import { decodeAppends } from '../../src/cluster/append/append-message.js'
import { AppendQueue } from '../../src/cluster/append/append-queue.js'
import { Intake } from '../../src/cluster/append/intake.js'
import { TocsinError } from '../../src/errors/tocsin-error.js'
import { encodeFrame } from '../../src/event/index.js'
import type { EventLog } from '../../src/log/event-log.js'
import type { NatsLink } from '../../src/storage/nats/link.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'
import { Random } from '../simulation/base/random.js'
import { ModelLink } from '../simulation/nats/link.js'
import { NatsModel } from '../simulation/nats/server.js'

const DEADLINE_MS = 5000
const KEYS = ['a/one', 'b/two'] as const

/** A hub with two publishers, which repeat what is refused for the moment, and primaries that come and go. */
class Publishing {
  readonly runtime = new FakeRuntime()
  readonly random: Random
  readonly stored: string[] = []
  readonly acknowledged = new Set<string>()
  readonly last = new Map<string, number>()
  readonly queue: AppendQueue
  readonly #next = new Map<string, number>(KEYS.map((key) => [key, 1]))
  readonly #attempts = new Map<string, number>()
  readonly #link: ModelLink
  readonly #loss: number
  #intake: Intake | undefined
  #term = 0

  constructor(seed: number) {
    this.random = new Random(seed)
    this.#loss = this.random.of([0, 0.2])
    this.#link = this.#connected()
    const options = { link: this.#link, hub: 'hub', maxBytes: () => 1e9, deadlineMs: DEADLINE_MS }
    this.queue = new AppendQueue(options)
  }

  /** Messages may be lost, in both directions, but never change their order. */
  #connected(): ModelLink {
    const model = new NatsModel(this.runtime)
    const way = (run: () => void) => {
      if (!this.random.chance(this.isSound ? 0 : this.#loss)) this.runtime.after(1, run)
    }
    const wires = { up: (run: () => void) => this.runtime.after(1, run), down: way, close: () => undefined }
    return new ModelLink(this.runtime, model, wires)
  }

  isSound = false

  publish(key: string): void {
    const counter = this.#next.get(key)!
    const attempt = this.#attempts.get(key) ?? 0
    this.#next.set(key, counter + 1)
    const bytes = encodeFrame({ tag: 't', source: 's', body: Uint8Array.of(0xc0), seq: counter })
    const range = { key, first: counter, last: counter, count: 1 }
    this.queue.add(Buffer.from(bytes), range, true, (outcome) => this.#told(key, counter, attempt, outcome))
  }

  #told(key: string, counter: number, attempt: number, { error }: AppendOutcome): void {
    if (error === undefined) this.acknowledged.add(`${key} ${counter}`)
    else if (attempt === (this.#attempts.get(key) ?? 0)) {
      // Its connection ends: what follows is not stored either, and all is repeated from what is stored on.
      this.#attempts.set(key, attempt + 1)
      this.#next.set(key, (this.last.get(key) ?? 0) + 1)
    }
  }

  /** Another term begins, with this hub as its primary or another one, or none does. */
  elect(kind = this.random.of(['here', 'there', 'nobody'])): void {
    this.#intake?.close()
    this.queue.primary = undefined
    if (kind === 'nobody') return
    const subject = `append.${++this.#term}`
    const lastOf = (key: string) => this.last.get(key) ?? 0
    this.#intake = new Intake({ link: this.#link, log: this.#log(this.#term), subject, lastOf })
    this.queue.primary = kind === 'here' ? { intake: this.#intake } : { subject }
  }

  /** Stores in order after a while, unless its term ends before. */
  #log(term: number): Pick<EventLog, 'append'> {
    return {
      append: ({ producers = [] }, done) => {
        this.runtime.after(5, () => {
          if (term !== this.#term) {
            done(new TocsinError('TCN_LOG_TERM_OVER'), 0)
            return
          }
          const [{ key, last }] = producers
          this.stored.push(`${key} ${last}`)
          this.last.set(key, last)
          done(undefined, this.stored.length)
        })
      },
    }
  }

  async run(): Promise<void> {
    for (let step = 0; step < 60; step++) {
      const what = this.random.next()
      if (what < 0.7) this.publish(this.random.of(KEYS))
      else if (what < 0.85) this.elect()
      else await this.runtime.pass(this.random.of([3, 300, 3500, 6000]))
    }
    this.isSound = true
    this.elect('there')
    // What was refused meanwhile is repeated, until there is nothing left.
    await this.runtime.pass(20_000)
    for (const key of KEYS) this.publish(key)
    await this.runtime.pass(10_000)
  }
}

test.each(Array.from({ length: 60 }, (_, seed) => seed))(
  'what is acknowledged is stored once and in order, whatever primaries do and messages are lost: seed %d',
  async (seed) => {
    const publishing = new Publishing(seed)
    await publishing.run()
    for (const key of KEYS) {
      const counters = publishing.stored
        .filter((each) => each.startsWith(key))
        .map((each) => Number(each.split(' ')[1]))
      // Without a hole: an event that was given up is never passed over.
      expect(counters).toEqual(Array.from({ length: counters.length }, (_, at) => at + 1))
    }
    for (const each of publishing.acknowledged) expect(publishing.stored).toContain(each)
    expect(publishing.queue.length).toBe(0)
    publishing.queue.close()
  },
)

test('an event is sent at once after earlier ones were given up', async () => {
  const runtime = new FakeRuntime()
  const sent: number[][] = []
  const link = {
    ...{
      runtime,
      isConnected: true,
      maxPayload: 1e6,
      inbox: () => 'inbox',
      subscribe: () => () => undefined,
    },
    publish: (_: string, payload: Uint8Array) =>
      sent.push(decodeAppends(payload)!.entries.map(({ number }) => number)),
  } as unknown as NatsLink
  const queue = new AppendQueue({ link, hub: 'hub', maxBytes: () => 1e9, deadlineMs: DEADLINE_MS })
  queue.primary = { subject: 'append.1' }
  const refused: number[] = []
  const publish = (key: string) => {
    const bytes = encodeFrame({ tag: 't', source: 's', body: Uint8Array.of(0xc0), seq: 1 })
    const range = { key, first: 1, last: 1, count: 1 }
    queue.add(Buffer.from(bytes), range, true, ({ number }) => refused.push(number))
  }
  publish('a/one')
  await runtime.pass(DEADLINE_MS - 1000)
  publish('b/two')
  await runtime.pass(1500)
  expect(refused).toEqual([1])
  publish('c/three')
  await runtime.pass(1)
  expect(sent.at(-1)).toEqual([3])
  queue.close()
})
