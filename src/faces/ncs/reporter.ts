import type { SubscriptionApi } from '../../bus/api.js'
import type { Principal } from '../../bus/principal.js'
import type { Piece, Sink } from '../../bus/sink.js'
import { iterateFrames } from '../../event/event.js'
import { tagSegment } from '../../event/tag.js'
import * as C from '../../protocols/ncs/constants/events.js'
import { eventOf, type NcsEvent } from '../../protocols/ncs/notifications/event.js'
import type { NcsNotification } from '../../protocols/ncs/notifications/notification.js'
import type { FaceHost } from '../face.js'
import { ConfigNotifications } from './config-notifications.js'
import { GatedNotifications } from './gated-notifications.js'
import { observeHub } from './observe-hub.js'
import { notificationsOf } from './own-notifications.js'
import { UserInfos } from './user-infos.js'

/** Notifications in a second; further ones are counted. */
const MAX_EACH_SECOND = 100

/** Publishes what the hub reports about itself as notifications too. It has no part in the events it translates. */
export class Reporter implements Sink {
  readonly pending = 0
  readonly #host: FaceHost
  #subscription: SubscriptionApi | undefined
  readonly #gated: GatedNotifications
  #forgetHub: () => void = () => undefined
  #second = 0
  #count = 0
  #dropped = 0

  constructor(host: FaceHost) {
    this.#host = host
    this.#gated = new GatedNotifications(host)
  }

  async start(principal: Principal): Promise<void> {
    const request = { filters: ['hub/refused', 'hub/compacted', 'hub/started'], label: 'ncs' }
    this.#subscription = await this.#host.bus.subscribe(principal, request, this)
    const { runtime, sessions } = this.#host
    const config = new ConfigNotifications(runtime, new UserInfos(sessions, runtime))
    const publish = (notification: NcsNotification) => void this.#publishLimited(notification)
    this.#forgetHub = observeHub(this.#host, { config, gated: this.#gated, publish })
  }

  /** The last notification, before the bus closes. */
  stop(): void {
    this.close()
    this.#publish({ type: C.NOTIF_SYSTEM_GOING_DOWN })
  }

  /** Publishes nothing more. */
  close(): void {
    this.#subscription?.close()
    this.#forgetHub()
    this.#gated.stop()
  }

  write(pieces: readonly Piece[]): void {
    for (const piece of pieces as readonly Uint8Array[])
      for (const { tag, data } of iterateFrames(piece))
        for (const notification of notificationsOf(tag, data))
          if (this.#gated.publish(notification) === undefined) this.#publishLimited(notification)
  }

  status(): void {}
  end(): void {}

  #publishLimited(notification: NcsNotification): void {
    const second = Math.floor(this.#host.runtime.monotonic() / 1000)
    if (second !== this.#second) this.#nextSecond(second)
    if (this.#count++ < MAX_EACH_SECOND) this.#publish(notification)
    else this.#dropped++
  }

  #nextSecond(second: number): void {
    const count = this.#dropped
    this.#second = second
    this.#count = 0
    this.#dropped = 0
    if (count === 0) return
    const msg = `${count} more notifications in one second were left out`
    this.#publish({ type: C.NOTIF_DAEMON, syslog: { prio: 28, logno: 0, msg } })
  }

  #publish(notification: NcsNotification): void {
    let event: NcsEvent
    try {
      event = eventOf(notification)
    } catch {
      // A sink must not throw: the event that cannot be said as a notification is in the log itself.
      this.#dropped++
      return
    }
    this.#host.publish({ ...event, source: `hub/${tagSegment(this.#host.hub.name)}` })
  }
}
