import { type Client, connect } from '../../../src/client/index.js'
import { difference, type Part, type Scene, type StoredEvents } from './part.js'

const GATE = 'door'

/**
 * A publisher of events that wait at a gate, and its guard: nothing is said to be answered that the guard has not seen. What
 * passed is in the log; an event whose connection was lost at the gate may be.
 */
export class Gated implements Part {
  readonly config = {}
  readonly #scene: Scene
  readonly #seen = new Set<number>()
  #publisher: Client | undefined
  #guard: Client | undefined
  readonly #passed: number[] = []
  #last = 0
  #answered = 0
  #isOver = false
  #running: Promise<void> | undefined

  constructor(scene: Scene) {
    this.#scene = scene
  }

  async begin(): Promise<void> {
    if (this.#publisher !== undefined) return
    const { address } = this.#scene
    this.#guard = await connect({ address })
    const subscription = this.#guard.subscribe('door/', { gates: [GATE] })
    const guarding = async () => {
      const numbers = new Map<number, number>()
      for await (const item of subscription) {
        if (item.status === undefined) numbers.set(item.seq, (item.data as { n: number }).n)
        if (item.status !== 'gate') continue
        this.#seen.add(numbers.get(item.seq) ?? 0)
        subscription.gateDone(item, 'passed')
      }
    }
    void guarding().catch((error) => this.#scene.fault(`the guard: ${error}`))
    await subscription.ready()
    this.#publisher = await connect({ address, producer: 'gated' })
    this.#running = this.#run(this.#publisher)
  }

  async stop(): Promise<void> {
    this.#isOver = true
    await this.#running
    await this.#publisher?.close()
    await this.#guard?.close()
  }

  check(log: StoredEvents): string[] {
    const none = this.#answered === 0 ? ['no event was answered at the gate'] : []
    const found = log.numbers('door/')
    const passed = new Set(this.#passed)
    const kept = found.filter((n) => passed.has(n))
    const once = [...new Set(found)].sort((one, other) => one - other)
    return [
      ...none,
      ...difference('events that passed the gate', kept, this.#passed),
      ...difference('events at the gate', found, once),
    ]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true
  }

  async #run(publisher: Client): Promise<void> {
    while (!this.#isOver) {
      const n = ++this.#last
      try {
        const options = { gate: GATE, deadline: 500, ack: 'durable' } as const
        const { gate } = await publisher.publish('door/knock', { n }, options)
        const answers = gate?.answers.length ?? 0
        if (answers > 0 && !this.#seen.has(n)) this.#scene.fault(`the guard has not seen ${n}`)
        this.#answered += answers
        this.#passed.push(n)
      } catch (error) {
        if ((error as { code?: string }).code === 'TCN_CLIENT_UNREACHABLE') continue
        this.#scene.fault(`the event ${n} at the gate was not taken: ${error}`)
      }
    }
  }
}
