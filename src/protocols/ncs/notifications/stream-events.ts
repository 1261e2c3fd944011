import type { Event } from '../../../event/event.js'
import { elementName } from '../../../filter/xpath/view.js'
import { type TypePatterns, TypeRegistry } from '../../../types/registry.js'
import { NOTIF_STREAM_EVENT, STREAM_NOTIFICATION_EVENT } from '../constants/events.js'
import { loggedIn } from '../constants/mask.js'
import type { StreamBody } from './stream-values.js'

/** Reads the events of a stream that come as they are in the log. */
export class StreamEvents {
  readonly #hasStream: boolean
  /** The bits of the notifications that come beside the stream. */
  readonly #beside: number
  readonly #patterns: readonly TypePatterns[]
  #types: TypeRegistry | undefined

  /** `patterns` are those of the welcome. */
  constructor(mask: number, patterns: readonly TypePatterns[] = []) {
    this.#hasStream = (mask & NOTIF_STREAM_EVENT) !== 0
    this.#beside = loggedIn(mask)
    this.#patterns = patterns
  }

  /** The body of the notification that an event of the stream is; undefined for one that is a notification itself. */
  bodyOf(event: Event): StreamBody | undefined {
    if (!this.#hasStream || event.synthetic || (event.kind & this.#beside) !== 0) return undefined
    const nameElement = () => elementName(this.#typeOf(event))
    return {
      type: STREAM_NOTIFICATION_EVENT,
      get element() {
        return nameElement()
      },
      event: event.bytes.subarray(event.at, event.end),
    }
  }

  #typeOf({ attributes, tag }: Event): string {
    if (typeof attributes.type === 'string') return attributes.type
    this.#types ??= new TypeRegistry(this.#patterns.map(([type, ...tags]) => ({ type, tags })))
    return this.#types.typeOf(tag)
  }
}
