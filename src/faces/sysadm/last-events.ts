import { type Event, iterateFrames } from '../../event/event.js'
import type { EventPage } from '../../methods/contract/index.js'
import { sysadmClasses } from '../../protocols/sysadm/codec/classes.js'
import type { SubscribableClass } from './event-formats.js'
import type { OwnView } from './own-view.js'

/** Classes whose last event every subscriber receives first. */
const repeated = ['life-preserver', 'system-state'] as const
type RepeatedClass = (typeof repeated)[number]

/** Number of pages of the log that are searched for the last event of a class. */
const MAX_PAGES = 64

/** The last event of each class that has one. */
export class LastEvents {
  readonly #view: OwnView
  readonly #events = new Map<RepeatedClass, Event>()

  constructor(view: OwnView) {
    this.#view = view
  }

  /** Follows the events from now on, and finds the last ones before. */
  async open(): Promise<void> {
    for (const name of repeated) await this.#view.follow(filterOf(name), (event) => this.#keep(name, event))
    await Promise.all(repeated.map((name) => this.#find(name)))
  }

  of(name: SubscribableClass): Event | undefined {
    return this.#events.get(name as RepeatedClass)
  }

  async #find(name: RepeatedClass): Promise<void> {
    let before: string | undefined = 'end'
    for (let pages = 0; pages < MAX_PAGES && before !== undefined; pages++) {
      const params: object = { filters: filterOf(name), before, limit: 1 }
      const page = await this.#view.read<EventPage>('events.read', params)
      for (const event of iterateFrames(page.frames)) this.#keep(name, event)
      if (this.#events.has(name)) return
      before = page.next
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
