import type { Status, Subscription } from '../../../../client/api.js'
import { TocsinError } from '../../../../errors/tocsin-error.js'
import { parseCursor } from '../../../../event/cursor.js'
import type { Event } from '../../../../event/event.js'
import { PATH_ATTRIBUTE, pathOnward } from '../../../../protocols/native/event-path.js'
import type { Pace } from '../pace.js'
import type { ForwardTarget, Outgoing, RefusedEvent } from './target.js'

export interface ForwarderOptions {
  subscription: Subscription
  target: ForwardTarget
  pace: Pace
  /** Events that the target refuses are told and passed over; else the first one is the end. */
  skipRefused: boolean
  signal: AbortSignal
  /** Everything up to here is delivered; `events` are those since the last call. */
  onDelivered(cursor: string, events: readonly Event[]): void
  onRefused(refusal: RefusedEvent): void
  onStatus(status: Status): void
}

/** Takes events from a subscription and brings them to a target, one delivery at a time and in order. */
export class Forwarder {
  delivered = 0
  refused = 0
  /** Not sent, since they have been at the target or have come round. */
  returned = 0
  readonly #options: ForwarderOptions

  constructor(options: ForwarderOptions) {
    this.#options = options
  }

  /** Until the subscription ends, or the signal fires; what is on its way then is delivered first. */
  async run(): Promise<void> {
    const { subscription, signal } = this.#options
    const stop = (): void => void subscription.close()
    signal.addEventListener('abort', stop, { once: true })
    try {
      for await (const item of subscription.batches()) {
        if (item.status === undefined) await this.#forward(item.events(), subscription.cursor)
        else this.#status(item)
        if (signal.aborted) return
      }
    } finally {
      signal.removeEventListener('abort', stop)
      await subscription.close()
    }
  }

  #status(status: Status): void {
    this.#options.onStatus(status)
    if ('cursor' in status && status.cursor !== undefined) this.#options.onDelivered(status.cursor, [])
  }

  async #forward(events: readonly Event[], cursor: string | undefined): Promise<void> {
    if (cursor === undefined) return
    const { epoch } = parseCursor(cursor)
    const { target, pace, signal } = this.#options
    let group: Event[] = []
    for (const event of events) {
      const mustWait = pace.delay(event.time) >= 1
      if (group.length > 0 && (mustWait || group.length >= target.most)) {
        await this.#deliver(group, epoch)
        group = []
      }
      if (mustWait) await pace.wait(event.time, signal)
      if (signal.aborted) return
      group.push(event)
    }
    if (group.length > 0) await this.#deliver(group, epoch)
  }

  async #deliver(events: readonly Event[], epoch: string): Promise<void> {
    const { target, signal, onDelivered } = this.#options
    const outgoing = events.flatMap((event) => this.#outgoing(event, epoch))
    this.returned += events.length - outgoing.length
    const refusals = outgoing.length === 0 ? [] : await target.deliver(outgoing, signal)
    this.delivered += outgoing.length - refusals.length
    for (const refusal of refusals) this.#refuse(refusal)
    const last = events.findLast((event) => !event.synthetic)
    if (last !== undefined) onDelivered(last.cursorIn(epoch), events)
  }

  #outgoing(event: Event, epoch: string): Outgoing[] {
    const path = pathOnward(event.attributes[PATH_ATTRIBUTE], epoch, this.#options.target.epoch)
    return path === undefined ? [] : [{ event, epoch, path }]
  }

  #refuse(refusal: RefusedEvent): void {
    this.refused++
    this.#options.onRefused(refusal)
    if (this.#options.skipRefused) return
    const { event, message, code } = refusal
    const own = code === 'TCN_FORWARD_REFUSED' ? '' : ` (${code})`
    throw new TocsinError('TCN_FORWARD_REFUSED', `@${event.seq} ${event.tag}: ${message}${own}`)
  }
}
