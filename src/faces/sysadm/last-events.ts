import type { SubscriptionApi } from '../../bus/api.js'
import type { Sink } from '../../bus/sink.js'
import { type Event, iterateFrames } from '../../event/event.js'
import type { EventPage } from '../../methods/contract/index.js'
import { SYSADM_TAGS, sysadmClasses } from '../../protocols/sysadm/codec/classes.js'
import type { FaceHost } from '../face.js'
import { callMethod } from '../shared/call-method.js'
import type { SubscribableClass } from './event-formats.js'

/** Classes whose last event every subscriber receives first. */
const repeated = ['life-preserver', 'system-state'] as const
type RepeatedClass = (typeof repeated)[number]

/** The name under which the face itself looks at events. No principal of the configuration can have it. */
const OWN_NAME = 'sysadm/face'
/** How many pages of the log are searched for the last event of a class. */
const MAX_PAGES = 64

/** The last event of each class that has one. */
export class LastEvents {
  readonly #host: FaceHost
  readonly #events = new Map<RepeatedClass, Event>()
  readonly #subscriptions: SubscriptionApi[] = []
  readonly #closing = new AbortController()

  constructor(host: FaceHost) {
    this.#host = host
  }

  /** Follows the events from now on, and finds the last ones before. */
  async open(): Promise<void> {
    this.#host.access.grant(OWN_NAME, { see: [SYSADM_TAGS] })
    for (const name of repeated) await this.#follow(name)
    await Promise.all(repeated.map((name) => this.#find(name)))
  }

  of(name: SubscribableClass): Event | undefined {
    return this.#events.get(name as RepeatedClass)
  }

  close(): void {
    this.#closing.abort()
    for (const subscription of this.#subscriptions) subscription.close()
  }

  async #follow(name: RepeatedClass): Promise<void> {
    const keep = (event: Event) => this.#keep(name, event)
    const sink: Sink = {
      pending: 0,
      write(pieces: readonly Uint8Array[]) {
        for (const piece of pieces) for (const event of iterateFrames(piece)) keep(event)
      },
      status: () => {},
      end: () => {},
    }
    const { access, bus } = this.#host
    const request = { filters: filterOf(name), label: `sysadm ${name}` }
    this.#subscriptions.push(await bus.subscribe(access.principal(OWN_NAME), request, sink))
  }

  async #find(name: RepeatedClass): Promise<void> {
    const { methods, access } = this.#host
    const call = { principal: access.principal(OWN_NAME), signal: this.#closing.signal, part: async () => {} }
    let before: string | undefined = 'end'
    for (let pages = 0; pages < MAX_PAGES && before !== undefined; pages++) {
      const params = { filters: filterOf(name), before, limit: 1 }
      const found = callMethod({ methods, authorize: access.authorize }, 'events.read', params, call)
      const { frames, next } = (await found) as EventPage
      for (const event of iterateFrames(frames)) this.#keep(name, event)
      if (this.#events.has(name)) return
      before = next
    }
  }

  /** One that has happened meanwhile is newer. */
  #keep(name: RepeatedClass, event: Event): void {
    if (event.seq > (this.#events.get(name)?.seq ?? 0)) this.#events.set(name, event.detach())
  }
}

/** Returns the filter of a class in the short spelling. */
export function filterOf(name: Exclude<SubscribableClass, 'tocsin'>): string {
  return sysadmClasses[name]
}
