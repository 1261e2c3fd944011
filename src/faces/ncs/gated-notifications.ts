import type { Peer } from '../../bus/api.js'
import type { Principal } from '../../bus/principal.js'
import { tagSegment } from '../../event/tag.js'
import { eventOf } from '../../protocols/ncs/notifications/event.js'
import { kindOf } from '../../protocols/ncs/notifications/kinds.js'
import type { NcsNotification } from '../../protocols/ncs/notifications/notification.js'
import type { FaceHost } from '../face.js'

/** Whoever has caused a notification, and waits for its subscribers. */
export type Cause = { readonly principal: Principal } & Peer

/** The event of a notification of this hub. */
export function ownEventOf(notification: NcsNotification, { name }: FaceHost['hub']) {
  return { ...eventOf(notification), source: `hub/${tagSegment(name)}` }
}

/** Publishes those notifications of the hub that subscribers want to answer before it goes on. */
export class GatedNotifications {
  readonly #host: Pick<FaceHost, 'gates' | 'hub'>
  #release: () => void = () => undefined
  readonly #stopped = new Promise<void>((release) => {
    this.#release = release
  })

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
    const answered = gates.publish(event, gate, cause).then(() => undefined)
    return Promise.race([answered, this.#stopped])
  }

  /** Lets everybody go on: the hub stops. */
  stop(): void {
    this.#release()
  }
}
