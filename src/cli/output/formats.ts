import type { Event } from '../../event/event.js'
import type { DerivedAttributes, TypeOf } from '../../filter/matcher.js'
import type { Display } from '../../types/display.js'
import type { Colors } from '../terminal/colors.js'
import { escapeJson } from '../terminal/text.js'

/** A format in which events are written to the output. */
export interface EventFormat {
  /** The format produces bytes, which are not for terminals. */
  readonly binary: boolean
  /** Text ends in a line feed. */
  encode(event: Event): string | Uint8Array
  /** Fields that the format shows and no event had so far, with names of fields that the last event has. */
  missing?(): readonly { name: string; known: readonly string[] }[]
}

/** The facts that a format needs in addition to the event. */
export interface View {
  /** The log's epoch, which is part of cursors. */
  epoch: string
  typeOf: TypeOf
  /** Absent until a format shows them. */
  derived?: DerivedAttributes
  /** Returns the display of events of this type. */
  displayOf?(event: Event): Display | undefined
  /** True if events come from several hubs, of which each is named. */
  namesEdges?: boolean
  colors: Colors
  /** The terminal's current width; undefined means no limit. */
  columns(): number | undefined
}

/** The body as it is stored: one msgpack value after the other. */
export function rawFormat(): EventFormat {
  return { binary: true, encode: (event) => event.body }
}

/** Whole frames, back to back, as they are transferred. */
export function frameFormat(): EventFormat {
  return { binary: true, encode: (event) => event.bytes.subarray(event.at, event.end) }
}

/** One CloudEvent a line. */
export function jsonFormat(toObject: (event: Parameters<EventFormat['encode']>[0]) => unknown): EventFormat {
  return { binary: false, encode: (event) => `${escapeJson(JSON.stringify(toObject(event)))}\n` }
}
