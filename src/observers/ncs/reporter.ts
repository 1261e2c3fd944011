import type { ProgressReader } from '../../methods/progress.js'
import * as C from '../../protocols/ncs/constants/events.js'
import { bitOf, maskOf } from '../../protocols/ncs/constants/mask.js'
import { kindOfNotification } from '../../protocols/ncs/notifications/kinds.js'
import type { NcsNotification } from '../../protocols/ncs/notifications/notification.js'
import type { ObservedHub } from '../observed-hub.js'
import { ConfigNotifications } from './config-notifications.js'
import { EventFeed } from './event-feed.js'
import { GatedNotifications, hubSource, ownEventOf } from './gated-notifications.js'
import { Limiter } from './limiter.js'
import { observeHub } from './observe-hub.js'
import { OwnLogs, PRIORITIES, syslog } from './own-logs.js'
import { notificationsOf } from './own-notifications.js'
import { progressOf, typeOfWork } from './progress-notifications.js'
import { SNMP_FILTER, snmpNotificationOf } from './snmp-notifications.js'
import { UserInfos } from './user-infos.js'

const PROGRESS = (C.NOTIF_PROGRESS | C.NOTIF_COMMIT_PROGRESS) >>> 0

/** Hubs that share a log each make the notifications of their own events. */
function hubFilter(hub: ObservedHub['hub']) {
  const tags = ['hub/call-home/', 'hub/compacted', 'hub/push/', 'hub/reload', 'hub/started'].map((tag) => ({
    prefix: { tag },
  }))
  return { all: [{ exact: { source: hubSource(hub) } }, { any: tags }] }
}

/** Publishes what the hub reports about itself as notifications too. It has no part in the events it translates. */
export class Reporter {
  readonly #host: ObservedHub
  readonly #hubEvents: EventFeed
  readonly #snmpEvents: EventFeed
  #isOpen = false
  readonly #gated: GatedNotifications
  #forgetHub: () => void = () => undefined
  #endKeeping: () => void = () => undefined
  readonly #logs: OwnLogs
  readonly #limiter: Limiter
  #publishing = false

  constructor(host: ObservedHub) {
    this.#host = host
    this.#hubEvents = new EventFeed(host, hubFilter(host.hub), ({ tag, data }) => {
      for (const notification of notificationsOf(tag, data))
        void this.#gated.publish(notification, (plain) => void this.#publishLimited(plain))
    })
    this.#snmpEvents = new EventFeed(host, SNMP_FILTER, (event) => {
      this.#publishLimited(snmpNotificationOf(event))
    })
    this.#gated = new GatedNotifications(host)
    this.#logs = new OwnLogs(host, (notification) => this.#publishLimited(notification))
    this.#limiter = new Limiter(host.runtime, (type, count) => this.#tellLeftOut(type, count))
  }

  async start(): Promise<void> {
    this.#isOpen = true
    const { reader, runtime, sessions, reporting } = this.#host
    await this.#hubEvents.open(reader)
    const config = new ConfigNotifications(runtime, new UserInfos(sessions, runtime), reporting.progress)
    const publish = (notification: NcsNotification) => void this.#publishLimited(notification)
    this.#forgetHub = observeHub(this.#host, { config, gated: this.#gated, publish })
    reporting.demand.changed = () => this.#follow()
    this.#follow()
  }

  /** Reports these also while nobody reads them. */
  keep(names: readonly string[]): void {
    const before = this.#endKeeping
    this.#endKeeping = this.#host.reporting.demand.add(maskOf(...names.map((name) => bitOf(name)!)))
    before()
  }

  /** The last notification, before the bus closes. */
  stop(): void {
    this.close()
    this.#publish({ type: C.NOTIF_SYSTEM_GOING_DOWN })
  }

  /** Publishes nothing more. */
  close(): void {
    this.#isOpen = false
    this.#hubEvents.close()
    this.#snmpEvents.close()
    this.#forgetHub()
    this.#gated.stop()
    this.#host.reporting.demand.changed = () => undefined
    this.#endKeeping()
    this.#logs.stop()
    this.#host.reporting.progress.reader = undefined
    this.#limiter.end()
  }

  /** Goes by what is read now. */
  #follow(): void {
    const { reader, reporting } = this.#host
    const { demand, progress } = reporting
    this.#logs.follow()
    progress.reader = demand.wants(PROGRESS) ? this.#progressReader : undefined
    if (!this.#isOpen || !demand.wants(C.NOTIF_SNMPA)) this.#snmpEvents.close()
    else void this.#snmpEvents.open(reader).catch(() => this.#snmpEvents.close())
  }

  /** Limits spans, not their steps: each that begins also ends. */
  readonly #progressReader: ProgressReader = {
    admits: (work) => {
      const { demand } = this.#host.reporting
      const type = typeOfWork(work)
      if (!demand.wants(type | C.NOTIF_PROGRESS)) return false
      return (work.verbosity ?? 0) <= demand.verbosity && this.#limiter.admits(type)
    },
    step: (step) => {
      const { verbosity = 0 } = step.work
      this.#publish(progressOf(step), verbosity > 0 ? { ncsverbosity: String(verbosity) } : undefined)
    },
  }

  #publishLimited(notification: NcsNotification): boolean {
    // An event that is written because of a notification must not become another one.
    if (this.#publishing) return false
    return this.#limiter.admits(notification.type) && this.#publish(notification)
  }

  /** Says it in the log of the same kind, or else in that of the hub. */
  #tellLeftOut(type: number, count: number): void {
    const { name, key } = kindOfNotification({ type })
    const log = key === 'syslog' ? (type as typeof C.NOTIF_DAEMON) : C.NOTIF_DAEMON
    this.#publish(
      syslog(log, PRIORITIES.warn, `${count} more notifications ${name} in one second were left out`),
    )
  }

  /** Returns false if it could not be published. */
  #publish(notification: NcsNotification, attributes?: Record<string, string>): boolean {
    this.#publishing = true
    try {
      const event = ownEventOf(notification, this.#host.hub)
      return this.#host.publish({ ...event, ...(attributes && { attributes }) })
    } catch {
      // A sink must not throw: the event that cannot be said as a notification is in the log itself.
      return false
    } finally {
      this.#publishing = false
    }
  }
}
