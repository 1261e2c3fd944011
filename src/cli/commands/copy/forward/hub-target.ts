import type { Client, OutgoingEvent } from '../../../../client/api.js'
import { formatCursor } from '../../../../event/cursor.js'
import { formatTime } from '../../../../event/position.js'
import { PATH_ATTRIBUTE } from '../../../../protocols/native/event-path.js'
import type { ForwardTarget, Outgoing, RefusedEvent } from './target.js'

const MAX_UNCONFIRMED = 1000

/** Publishes at another hub, with what the events were as attributes. */
export class HubTarget implements ForwardTarget {
  readonly address: string
  readonly most = MAX_UNCONFIRMED
  readonly #client: Client

  constructor(client: Client, address: string) {
    this.#client = client
    this.address = address
  }

  get epoch(): string {
    return this.#client.welcome.epoch
  }

  async deliver(events: readonly Outgoing[], signal: AbortSignal): Promise<RefusedEvent[]> {
    const ack = this.#client.welcome.durable ? 'durable' : 'accepted'
    const { refused } = await this.#client.publishBatch(events.map(toPublish), { ack, signal })
    return refused.map(({ index, code, message }) => ({ event: events[index].event, code, message }))
  }

  async close(): Promise<void> {
    await this.#client.close()
  }
}

function toPublish({ event, epoch, path }: Outgoing): OutgoingEvent {
  const { tag, source, kind, body, seq, time } = event
  const attributes: OutgoingEvent['attributes'] = {
    id: formatCursor(epoch, seq),
    time: formatTime(time),
    ...event.attributes,
    [PATH_ATTRIBUTE]: path,
  }
  return { tag, source, kind, body, attributes }
}
