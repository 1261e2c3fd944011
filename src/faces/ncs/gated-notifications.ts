import type { Peer } from '../../bus/api.js'
import type { Principal } from '../../bus/principal.js'
import { tagSegment } from '../../event/tag.js'
import { eventOf } from '../../protocols/ncs/notifications/event.js'
import { kindOf } from '../../protocols/ncs/notifications/kinds.js'
import type { NcsNotification } from '../../protocols/ncs/notifications/notification.js'
import type { FaceHost } from '../face.js'

/** Whoever has caused a notification, and waits for its subscribers. */
export type Cause = { readonly principal: Principal } & Peer

/** The source of the hub's own events. */
export function hubSource({ name }: FaceHost['hub']): string {
  return `hub/${tagSegment(name)}`
}

/** The event of a notification of this hub. */
export function ownEventOf(notification: NcsNotification, hub: FaceHost['hub']) {
  return { ...eventOf(notification), source: hubSource(hub) }
}

/** Publishes those notifications of the hub that subscribers want to answer before it goes on. */
export class GatedNotifications {
  readonly #host: Pick<FaceHost, 'gates' | 'hub'>
  /** One for each that waits; lets it continue. */
  readonly #waiting = new Set<() => void>()

  constructor(host: Pick<FaceHost, 'gates' | 'hub'>) {
    this.#host = host
  }

  /**
   * Resolves when each subscriber that wants to be waited for has answered, has left or is late. Returns undefined, and
   * publishes nothing, if there is none.
   */
  publish(notification: NcsNotification, cause?: Cause): Promise<void> | undefined {
    const gate = kindOf(notification.type)?.gate?.name
    const { gates, hub } = this.#host
    if (gate === undefined || !gates.isAwaited(gate)) return undefined
    const event = { ...ownEventOf(notification, hub), attributes: { ncsgate: true } }
    return new Promise((resolve) => {
      const proceed = () => {
        this.#waiting.delete(proceed)
        resolve()
      }
      this.#waiting.add(proceed)
      void gates.publish(event, gate, cause).then(proceed)
    })
  }

  /** Lets everybody continue: the hub stops. */
  stop(): void {
    for (const proceed of [...this.#waiting]) proceed()
  }
}
