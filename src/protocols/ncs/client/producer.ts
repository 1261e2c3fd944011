import type { NcsNotification } from '../notifications/notification.js'
import { publicationOf } from '../notifications/publication.js'

/** The part of a client of the hub that a producer needs; `connect()` of `tocsin` returns one. */
export interface NotificationPublisher {
  publish(
    tag: string,
    data: unknown,
    options: {
      kind: number
      gate?: string
      deadline?: number
      source?: string
      attributes?: Record<string, string | number | boolean>
      signal?: AbortSignal
    },
  ): Promise<{ cursor: string | undefined; gate?: GateOutcome }>
}

interface GateOutcome {
  answers: { subscriber: string }[]
  missing: { subscriber: string; reason: string }[]
}

export interface PublishNotificationOptions {
  /** Source attribute. Default: that of the client. */
  source?: string
  /** Longest wait for the answers, ms. Default and maximum: the hub's `limits.gateDeadline`. */
  deadline?: number
  /** The verbosity of a step of progress, such as `VERBOSITY_DEBUG`; default 0. */
  verbosity?: number
  /** Ends the wait; the notification stays published. */
  signal?: AbortSignal
}

export interface PublishedNotification {
  cursor: string | undefined
  /** Subscribers that have answered. */
  acknowledged: string[]
  /** Subscribers that left or did not answer in time; none are waited for any more. */
  missing: { subscriber: string; reason: string }[]
}

export interface NotificationProducer {
  /**
   * Publishes a notification, checked. One whose type can be waited for resolves when all subscribers that asked for it
   * have answered. Needs the right `produce`. Rejects with TCN_NCS_NOTIFICATION, or with what the client rejects with.
   */
  publishNotification(
    notification: NcsNotification,
    options?: PublishNotificationOptions,
  ): Promise<PublishedNotification>
}

/**
 * Publishes notifications on behalf of a device, an NSO or a ConfD.
 *
 * @example
 * import { connect } from 'tocsin'
 * const { publishNotification } = producer(await connect())
 * await publishNotification({ type: NOTIF_AUDIT, audit: { logno: 1, user: 'admin', msg: 'logged in', usid: 12 } })
 */
export function producer(hub: NotificationPublisher): NotificationProducer {
  return { publishNotification: (...given) => publishNotification(hub, ...given) }
}

async function publishNotification(
  hub: NotificationPublisher,
  notification: NcsNotification,
  { source, deadline, verbosity, signal }: PublishNotificationOptions = {},
): Promise<PublishedNotification> {
  const { tag, data, gate, ...event } = publicationOf(notification, verbosity)
  const options = { ...event, source, signal, ...(gate !== undefined && { gate, deadline }) }
  const published = await hub.publish(tag, data, options)
  const { answers = [], missing = [] } = published.gate ?? {}
  return { cursor: published.cursor, acknowledged: answers.map(({ subscriber }) => subscriber), missing }
}
