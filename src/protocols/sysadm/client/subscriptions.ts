import { EventQueue, type QueueLimits } from './event-queue.js'
import { fingerprintOf, type GapEvent, type ServerEvent, type SysadmSubscription } from './events.js'
import type { SubscribeFrom } from './session.js'

/** Classes whose last event a server sends again at the beginning of every subscription. */
const repeated: readonly string[] = ['life-preserver', 'system-state']

interface Subscriber {
  queue: EventQueue
  classes: ReadonlySet<string>
}

interface ClassState {
  from: SubscribeFrom
  last?: { event: ServerEvent; size: number; text: string }
}

/** The loops over events of one client, which share a subscription for each class. */
export class Subscriptions {
  readonly #limits: QueueLimits
  readonly #unused: (name: SysadmSubscription) => void
  readonly #subscribers = new Set<Subscriber>()
  readonly #classes = new Map<SysadmSubscription, ClassState>()

  /** `unused` is called when the last loop over a class has ended. */
  constructor(limits: QueueLimits, unused: (name: SysadmSubscription) => void) {
    this.#limits = limits
    this.#unused = unused
  }

  /** `fresh`: the classes to which the client must subscribe at the server. */
  add(
    classes: readonly SysadmSubscription[],
    from: SubscribeFrom,
  ): { queue: EventQueue; fresh: SysadmSubscription[] } {
    const fresh = [...new Set(classes)].filter((name) => !this.#classes.has(name) || isOwn(from))
    const queue: EventQueue = new EventQueue(this.#limits, () => this.#remove(queue))
    this.#subscribers.add({ queue, classes: new Set<string>(classes) })
    for (const name of classes) {
      const { last } = this.#classes.get(name) ?? {}
      if (last !== undefined && repeated.includes(name) && !fresh.includes(name))
        queue.push(last.event, last.size)
    }
    for (const name of fresh) this.#classes.set(name, { ...this.#classes.get(name), from })
    return { queue, fresh }
  }

  deliver(event: ServerEvent | GapEvent, size: number, isRepeat: boolean): void {
    if (event.class !== 'gap' && this.#remember(event, size, isRepeat)) return
    for (const { queue, classes } of this.#subscribers)
      if (classes.has(event.class) || isForAll(event.class)) queue.push(event, size)
  }

  /** The classes to subscribe to when the connection is back, and where to continue. */
  wanted(): { name: SysadmSubscription; from: SubscribeFrom }[] {
    return [...this.#classes].map(([name, { from, last }]) => {
      const since = last?.event.cursor ?? from.since
      return { name, from: { ...from, ...(since === undefined ? {} : { since }) } }
    })
  }

  missed(name: SysadmSubscription, reason: string): void {
    const gap: GapEvent = { class: 'gap', reason: `${name}: ${reason}` }
    for (const { queue, classes } of this.#subscribers) if (classes.has(name)) queue.push(gap, 0)
  }

  end(error?: Error): void {
    for (const { queue } of [...this.#subscribers]) queue.end(error)
  }

  /** Returns whether it is the event that was delivered last. */
  #remember(event: ServerEvent, size: number, isRepeat: boolean): boolean {
    const state = this.#classes.get(event.class as SysadmSubscription)
    if (state === undefined) return false
    if (!repeated.includes(event.class)) {
      if (event.cursor !== undefined) state.last = { event, size, text: '' }
      return false
    }
    const text = fingerprintOf(event)
    const isKnown = isRepeat && state.last?.text === text
    state.last = { event, size, text }
    return isKnown
  }

  #remove(queue: EventQueue): void {
    for (const each of this.#subscribers) if (each.queue === queue) this.#subscribers.delete(each)
    for (const name of [...this.#classes.keys()]) {
      if ([...this.#subscribers].some(({ classes }) => classes.has(name))) continue
      this.#classes.delete(name)
      this.#unused(name)
    }
  }
}

/** A subscription that begins elsewhere, or with a filter, replaces the one of the class. */
function isOwn({ since, filter }: SubscribeFrom): boolean {
  return since !== undefined || filter !== undefined
}

function isForAll(name: string): boolean {
  return name === 'bridge' || name === 'gap' || name === 'other'
}
