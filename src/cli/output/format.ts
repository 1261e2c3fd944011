import type { Event } from '../../event/event.js'
import type { TypeOf } from '../../filter/matcher.js'
import type { Colors } from '../colors.js'

/** How one event leaves as output. */
export interface EventFormat {
  /** Bytes that no terminal should get. */
  readonly binary: boolean
  /** Text ends in a line feed. */
  encode(event: Event): string | Uint8Array
}

/** What a format needs to know beside the event. */
export interface View {
  /** Of the log: events name their cursors by it. */
  epoch: string
  typeOf: TypeOf
  colors: Colors
  /** Of the terminal, as it is now; undefined: no limit. */
  columns(): number | undefined
}
