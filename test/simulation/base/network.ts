import type { Cancel } from '../../../src/event/runtime.js'
import { Random } from './random.js'

/** Where something arrives. */
export interface Host {
  readonly name: string
  readonly runtime: { after(ms: number, run: () => void): Cancel }
  readonly isDead?: boolean
}

/** The way from one host to another. */
interface Route {
  /** Longest delay, ms. */
  delay: number
  isCut: boolean
  /** When it was cut, ms. */
  cutAt: number
  /** Called with how long it was cut, when it is not any more. */
  waiting: ((ms: number) => void)[]
}

const DELAY_MS = 0.6

/** Delays messages, and cuts hosts off from each other, in one direction or both. */
export class Network {
  readonly #now: () => number
  readonly #random: Random
  readonly #routes = new Map<string, Route>()

  constructor(seed: number, now: () => number) {
    this.#random = new Random(`${seed} network`)
    this.#now = now
  }

  cut(from: string, to: string): void {
    const route = this.route(from, to)
    if (route.isCut) return
    route.isCut = true
    route.cutAt = this.#now()
  }

  heal(from: string, to: string): void {
    const route = this.route(from, to)
    if (!route.isCut) return
    route.isCut = false
    for (const run of route.waiting.splice(0)) run(this.#now() - route.cutAt)
  }

  /** Messages take up to this many ms; without a number, as long as usually. */
  slow(from: string, to: string, ms = DELAY_MS): void {
    this.route(from, to).delay = ms
  }

  delayOf({ delay }: Route): number {
    return this.#random.between(delay / 4, delay)
  }

  route(from: string, to: string): Route {
    const key = `${from}>${to}`
    const known = this.#routes.get(key)
    if (known !== undefined) return known
    const route = { delay: DELAY_MS, isCut: false, cutAt: 0, waiting: [] }
    this.#routes.set(key, route)
    return route
  }
}

/** Carries messages from one host to another in their order, as a connection does. */
export class Channel<Message> {
  readonly #network: Network
  readonly #route: Route
  readonly #to: Host
  readonly #deliver: (message: Message) => void
  readonly #now: () => number
  /** After a cut of this length what was held is lost, ms. */
  readonly #patience: number
  #held: Message[] = []
  #lastAt = 0
  #isWaiting = false
  #isClosed = false

  constructor(
    network: Network,
    from: Host,
    to: Host,
    now: () => number,
    deliver: (message: Message) => void,
    patience = Number.POSITIVE_INFINITY,
  ) {
    this.#network = network
    this.#route = network.route(from.name, to.name)
    this.#to = to
    this.#now = now
    this.#deliver = deliver
    this.#patience = patience
  }

  send(message: Message): void {
    if (this.#isClosed) return
    if (this.#route.isCut || this.#held.length > 0) {
      this.#held.push(message)
      this.#waitForHeal()
    } else this.#carry(message)
  }

  /** What was held by a cut is lost, as when the machine of the sender fails. */
  forget(): void {
    this.#held = []
  }

  /** What is on its way does not arrive any more. */
  close(): void {
    this.#isClosed = true
  }

  #carry(message: Message): void {
    const at = Math.max(this.#lastAt, this.#now() + this.#network.delayOf(this.#route))
    this.#lastAt = at
    this.#to.runtime.after(at - this.#now(), () => {
      if (!this.#isClosed) this.#deliver(message)
    })
  }

  #waitForHeal(): void {
    if (this.#isWaiting) return
    this.#isWaiting = true
    this.#route.waiting.push((ms) => {
      this.#isWaiting = false
      const held = this.#held
      this.#held = []
      if (ms <= this.#patience) for (const message of held) this.#carry(message)
    })
  }
}
