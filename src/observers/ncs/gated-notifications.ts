import type { Peer } from '../../bus/api.js'
import type { Principal } from '../../bus/principal.js'
import { tagSegment } from '../../event/tag.js'
import { eventOf } from '../../protocols/ncs/notifications/event.js'
import { kindOf } from '../../protocols/ncs/notifications/kinds.js'
import type { NcsNotification } from '../../protocols/ncs/notifications/notification.js'
import type { ObservedHub } from '../observed-hub.js'

/** Whoever has caused a notification, and waits for its subscribers. */
export type Cause = { readonly principal: Principal } & Peer

/** The source of the hub's own events. */
export function hubSource({ name }: ObservedHub['hub']): string {
  return `hub/${tagSegment(name)}`
}

/** The event of a notification of this hub. */
export function ownEventOf(notification: NcsNotification, hub: ObservedHub['hub']) {
  return { ...eventOf(notification), source: hubSource(hub) }
}

/** Publishes those notifications of the hub that subscribers want to answer before it goes on. */
export class GatedNotifications {
  readonly #host: Pick<ObservedHub, 'observers' | 'hub'>
  /** One for each that waits; lets it continue. */
  readonly #waiting = new Set<() => void>()

  constructor(host: Pick<ObservedHub, 'observers' | 'hub'>) {
    this.#host = host
  }

  /**
   * Resolves when each subscriber that wants to be waited for has answered, has left or is late. Returns undefined if it is
   * certain that there is none. `plain` publishes a notification that nobody is waited for.
   */
  publish(
    notification: NcsNotification,
    plain: (notification: NcsNotification) => void,
    cause?: Cause,
  ): Promise<void> | undefined {
    const gate = kindOf(notification.type)?.gate?.name
    const isAwaited = gate !== undefined && this.#host.observers.gates.isAwaited(gate)
    if (gate === undefined || isAwaited === false) {
      plain(notification)
      return undefined
    }
    return new Promise((resolve) => {
      const proceed = () => {
        this.#waiting.delete(proceed)
        resolve()
      }
      this.#waiting.add(proceed)
      const publish = (awaited: boolean) => {
        if (awaited) return this.#publish(notification, gate, cause)
        plain(notification)
        return undefined
      }
      // An observer that has stopped publishes nothing more.
      const later = (awaited: boolean) => (this.#waiting.has(proceed) ? publish(awaited) : undefined)
      const answered = isAwaited === true ? publish(true) : isAwaited.then(later)
      void answered?.then(proceed)
    })
  }

  async #publish(notification: NcsNotification, gate: string, cause: Cause | undefined): Promise<void> {
    const event = { ...ownEventOf(notification, this.#host.hub), attributes: { ncsgate: true } }
    await this.#host.observers.gates.publish(event, gate, cause)
  }

  /** Lets everybody continue: the hub stops. */
  stop(): void {
    for (const proceed of [...this.#waiting]) proceed()
  }
}
