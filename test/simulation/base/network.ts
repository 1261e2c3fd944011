import type { Cancel } from '../../../src/event/runtime.js'
import { Random } from './random.js'

/** Where something arrives. */
export interface Host {
  readonly name: string
  readonly inbox: { after(ms: number, run: () => void): Cancel }
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
  /** The part of the messages that arrive twice. */
  doubled: number
  /** Messages of different lanes overtake each other. */
  isUnordered: boolean
}

/** What the network has done to a message. */
export type Done = 'duplicate' | 'reorder'

const DELAY_MS = 0.6
/** How much longer some messages take while they overtake each other, ms. */
const OVERTAKEN_MS = 150

/** Delays messages, and cuts hosts off from each other, in one direction or both. */
export class Network {
  readonly #now: () => number
  readonly #random: Random
  readonly #routes = new Map<string, Route>()
  /** Told of what has happened to a message. */
  readonly done: (done: Done) => void

  constructor(seed: number, now: () => number, done: (done: Done) => void = () => undefined) {
    this.#random = new Random(`${seed} network`)
    this.#now = now
    this.done = done
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

  /** Lets a part of the messages arrive twice, where a channel allows it. */
  double(from: string, to: string, part = 0): void {
    this.route(from, to).doubled = part
  }

  /** Lets messages of different lanes overtake each other. */
  unorder(from: string, to: string, isUnordered = false): void {
    this.route(from, to).isUnordered = isUnordered
  }

  isDoubled({ doubled }: Route): boolean {
    return doubled > 0 && this.#random.chance(doubled)
  }

  delayOf({ delay, isUnordered }: Route): number {
    const usual = this.#random.between(delay / 4, delay)
    return isUnordered && this.#random.chance(0.2) ? usual + this.#random.next() * OVERTAKEN_MS : usual
  }

  route(from: string, to: string): Route {
    const key = `${from}>${to}`
    const known = this.#routes.get(key)
    if (known !== undefined) return known
    const route = { delay: DELAY_MS, isCut: false, cutAt: 0, waiting: [], doubled: 0, isUnordered: false }
    this.#routes.set(key, route)
    return route
  }
}

export interface ChannelOptions {
  /** After a cut of this length what was held is lost, ms. */
  patience?: number
  /** A message may arrive twice. */
  mayDouble?: boolean
}

interface Held<Message> {
  message: Message
  lane: string
}

/**
 * Carries messages from one host to another in their order, as a connection does. Only if the network says so, messages
 * of different lanes overtake each other.
 */
export class Channel<Message> {
  readonly #network: Network
  readonly #route: Route
  readonly #to: Host
  readonly #deliver: (message: Message) => void
  readonly #now: () => number
  readonly #patience: number
  readonly #mayDouble: boolean
  #held: Held<Message>[] = []
  /** When the last message arrives, of those in order and of all. */
  #orderedAt = 0
  #lastAt = 0
  /** When the last message of each lane arrives that is not in order. */
  readonly #lanes = new Map<string, number>()
  #isWaiting = false
  #isClosed = false

  constructor(
    network: Network,
    from: Host,
    to: Host,
    now: () => number,
    deliver: (message: Message) => void,
    { patience = Number.POSITIVE_INFINITY, mayDouble = false }: ChannelOptions = {},
  ) {
    this.#network = network
    this.#route = network.route(from.name, to.name)
    this.#to = to
    this.#now = now
    this.#deliver = deliver
    this.#patience = patience
    this.#mayDouble = mayDouble
  }

  send(message: Message, lane = ''): void {
    if (this.#isClosed) return
    if (this.#route.isCut || this.#held.length > 0) {
      this.#held.push({ message, lane })
      this.#waitForHeal()
    } else this.#carry({ message, lane })
  }

  /** What was held by a cut is lost, as when the machine of the sender fails. */
  forget(): void {
    this.#held = []
  }

  /** What is on its way does not arrive any more. */
  close(): void {
    this.#isClosed = true
  }

  #carry({ message, lane }: Held<Message>): void {
    const at = Math.max(this.#before(lane), this.#now() + this.#network.delayOf(this.#route))
    if (at < this.#lastAt) this.#network.done('reorder')
    this.#lastAt = Math.max(this.#lastAt, at)
    if (this.#route.isUnordered) this.#lanes.set(lane, at)
    else this.#orderedAt = at
    this.#to.inbox.after(at - this.#now(), () => this.#arrive(message))
  }

  /** When the message arrives that the next one of a lane may not overtake. */
  #before(lane: string): number {
    if (this.#route.isUnordered) return this.#lanes.get(lane) ?? this.#orderedAt
    this.#lanes.clear()
    return this.#lastAt
  }

  #arrive(message: Message): void {
    if (this.#isClosed) return
    this.#deliver(message)
    if (!this.#mayDouble || !this.#network.isDoubled(this.#route) || this.#isClosed) return
    this.#network.done('duplicate')
    this.#deliver(message)
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
