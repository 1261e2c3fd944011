import type { Event } from '../event/event.js'
import { encode } from '../event/msgpack/encoder.js'
import { ownTime } from '../event/own-time.js'
import { formatTime } from '../event/position.js'
import { readTraceparent } from '../event/trace-context.js'
import { derivedAttribute } from '../filter/own-attributes.js'
import { fieldValues } from '../types/template.js'
import { chainOf } from './cause.js'
import { type GroupKey, groupKeys } from './group-keys.js'
import type { Wanted } from './held-matches.js'
import { LineReader, type LogLine } from './lines/log-line.js'
import type { RuleDefinition } from './rule.js'
import type { OwnField } from './rule-template.js'
import type { EventNames } from './run.js'

/** Bytes of all the fields of an event that templates use. */
const MAX_VALUE_BYTES = 64 * 1024

/** An event that a rule is about, or one that ends its alert. */
export interface ReadEvent {
  /** Names its group; undefined if that would be too long. */
  readonly key: string | undefined
  readonly line: LogLine | undefined
  /** The number of times that it happened, if the log says that it was repeated. */
  readonly times: number
}

/** Reads of events what a rule needs. */
export class EventReader {
  readonly #rule: string
  readonly #names: EventNames
  readonly #fields: readonly string[]
  readonly #keyOf: GroupKey
  readonly #line: LineReader | undefined
  readonly #end: LineReader | undefined

  /** `fields`: what templates need of an event. */
  constructor({ name, by, line, alert }: RuleDefinition, fields: readonly string[], names: EventNames) {
    const resolve = alert?.resolve
    this.#rule = name
    this.#names = names
    this.#fields = [...new Set(fields)]
    this.#keyOf = groupKeys(by, names)
    this.#line = line && new LineReader(line)
    this.#end = typeof resolve === 'object' && resolve.line ? new LineReader(resolve.line) : undefined
  }

  /** Undefined if the event is not the line that the rule is about. */
  match(event: Event): ReadEvent | undefined {
    return this.#read(event, this.#line)
  }

  /** Undefined if the event is not the line that ends an alert. */
  end(event: Event): ReadEvent | undefined {
    return this.#read(event, this.#end)
  }

  keyOf(event: Event): string | undefined {
    return this.#keyOf(event, undefined)
  }

  /** Returns the values of the event that the action needs, or the reason why they are too large. */
  wanted(event: Event, line: LogLine | undefined, count: number): Wanted | string {
    const cause = this.#names.cursorOf(event)
    const own: Record<OwnField, unknown> = {
      rule: this.#rule,
      count,
      cursor: cause,
      time: formatTime(ownTime(event)),
    }
    const values = fieldValues(event, this.#fields, this.#names.typeOf, {
      ...own,
      ...this.#derived(event),
      ...line?.values,
    })
    const bytes = encode(values).length
    if (bytes > MAX_VALUE_BYTES)
      return `its templates take more than ${MAX_VALUE_BYTES / 1024} KiB of the event`
    const trace = readTraceparent(event.attributes.traceparent)?.text
    return { values, chain: chainOf(event), cause, trace, bytes }
  }

  #derived({ bytes, at }: Event): Record<string, unknown> {
    const values: Record<string, unknown> = {}
    for (const name of this.#fields) {
      const read = derivedAttribute(name, this.#names)
      if (read !== undefined) values[name] = read(bytes, at)
    }
    return values
  }

  #read(event: Event, reader: LineReader | undefined): ReadEvent | undefined {
    const line = reader?.read(event)
    if (reader !== undefined && line === undefined) return undefined
    return { key: this.#keyOf(event, line), line, times: line?.times ?? 1 }
  }
}
