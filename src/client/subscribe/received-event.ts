import { formatCursor } from '../../event/cursor.js'
import { Event } from '../../event/event.js'
import type { EventTypes } from '../../types/event-type.js'

/** The properties that the events of one connection share. */
export interface Reception {
  /** Epoch of the log that the events come from. */
  readonly epoch: string
  /** The type of an event that carries none of its own, by its tag. */
  readonly typeOf: (tag: string) => string
}

/**
 * An event that a subscription has received: a view of the bytes, of which nothing is decoded before it is asked for.
 * `console.log(event)` and `JSON.stringify(event)` show the event and nothing else.
 *
 * @example
 * for await (const event of hub.subscribe('host/').events()) {
 *   if (event.is('host.load')) console.log(event.date, event.data.load1)
 *   else console.log(event.type, event.tag, event.data)
 * }
 */
export class ReceivedEvent<Data = unknown> extends Event<Data> {
  readonly #reception: Reception

  constructor(bytes: Uint8Array, at: number, reception: Reception) {
    super(bytes, at)
    this.#reception = reception
  }

  /** The cursor after this event: `from` of a subscription that continues here. */
  get cursor(): string {
    return formatCursor(this.#reception.epoch, this.seq)
  }

  /**
   * The attribute `type` if the event carries one, otherwise the type that Tocsin knows for its tag, otherwise
   * `tocsin.event`.
   */
  get type(): string {
    const { type } = this.attributes
    return typeof type === 'string' ? type : this.#reception.typeOf(this.tag)
  }

  /** Returns whether the event has this type; its `data` then has the type's fields. */
  is<Type extends keyof EventTypes>(type: Type): this is ReceivedEvent<EventTypes[Type]> {
    return this.type === type
  }

  override detach(): ReceivedEvent<Data> {
    return new ReceivedEvent(new Uint8Array(this.bytes.subarray(this.at, this.end)), 0, this.#reception)
  }

  override toJSON(): ReturnType<Event['toJSON']> {
    return { cursor: this.cursor, type: this.type, ...super.toJSON() }
  }
}
