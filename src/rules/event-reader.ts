import type { Event } from '../event/event.js'
import { decode } from '../event/msgpack/decoder.js'
import { encodedLength } from '../event/msgpack/encoder.js'
import { ownTime } from '../event/own-time.js'
import { formatTime } from '../event/position.js'
import { readTraceparent } from '../event/trace-context.js'
import { parseField } from '../filter/field.js'
import { derivedAttribute } from '../filter/own-attributes.js'
import { type FieldValues, fieldValues } from '../types/template.js'
import { chainOf } from './cause.js'
import { RuleCondition } from './correlation/conditions.js'
import { conditionFieldIn } from './correlation/correlation.js'
import { type GroupKey, groupKeys } from './group-keys.js'
import type { Wanted } from './held-matches.js'
import { LineReader, type LogLine } from './lines/log-line.js'
import { isLong, LongEventReader, TOO_LONG } from './long-events.js'
import type { RuleDefinition } from './rule.js'
import type { OwnField } from './rule-template.js'
import type { EventNames, Meaning } from './run.js'

/** Bytes of all the fields of an event that templates use. */
const MAX_VALUE_BYTES = 64 * 1024
const TOO_LARGE = `its templates take more than ${MAX_VALUE_BYTES / 1024} KiB of the event`

/** An event that a rule is about, or one that ends its alert. */
export interface ReadEvent {
  /** Names its group; undefined if that would be too long. */
  readonly key: string | undefined
  readonly line: LogLine | undefined
  /** The number of times that it happened, if the log says that it was repeated. */
  readonly times: number
  /** The one of several conditions that it matches. */
  readonly condition?: RuleCondition | undefined
}

/** Reads of events what a rule needs. */
export class EventReader {
  readonly #rule: string
  readonly #names: EventNames
  readonly #fields: readonly string[]
  readonly #keyOf: GroupKey
  readonly #followKeyOf: GroupKey
  readonly #endKeyOf: GroupKey
  readonly #long = new LongEventReader(MAX_VALUE_BYTES)
  readonly #line: LineReader | undefined
  readonly #end: LineReader | undefined
  /** The last one first: an event that matches two does not come before itself. */
  readonly #conditions: readonly RuleCondition[] | undefined

  /** `fields`: what templates need of an event. */
  constructor(
    { name, by, line, correlation, unless, alert }: RuleDefinition,
    fields: readonly string[],
    names: EventNames,
  ) {
    const resolve = typeof alert?.resolve === 'object' ? alert.resolve : undefined
    const all = [...new Set(fields)]
    this.#rule = name
    this.#names = names
    this.#fields = all.filter((field) => conditionFieldIn(field) === undefined)
    this.#keyOf = groupKeys(by, names)
    this.#followKeyOf = groupKeys(unless?.by ?? by, names)
    this.#endKeyOf = groupKeys(resolve?.by ?? by, names)
    this.#line = line && new LineReader(line)
    this.#end = resolve?.line && new LineReader(resolve.line)
    this.#conditions = correlation?.conditions
      .map((each, place) => new RuleCondition(each, { place, fields: all, names }))
      .reverse()
  }

  /** None if the event is not the line that the rule is about; several if it matches several conditions. */
  matches(event: Event): readonly ReadEvent[] {
    if (this.#conditions === undefined) return this.#read(event, this.#line, this.#keyOf)
    return this.#conditions
      .map((condition) => condition.match(event))
      .filter((matched) => matched !== undefined)
      .map((matched) => ({ ...matched, times: 1 }))
  }

  /** The group whose alert the event ends; undefined if it is not the line that ends one. */
  endKeyOf(event: Event): string | undefined {
    return this.#read(event, this.#end, this.#endKeyOf)[0]?.key
  }

  followKeyOf(event: Event): string | undefined {
    return this.#followKeyOf(event, undefined)
  }

  /** Reads all that a rule reads of an event that means this for it. */
  look(meaning: Meaning, event: Event): void {
    if (meaning === 'matches') for (const read of this.matches(event)) this.wanted(event, read, 0)
    else if (meaning === 'follows') this.followKeyOf(event)
    else this.endKeyOf(event)
  }

  /** Returns the values of the event that the action needs, or the reason why they are too large. */
  wanted(event: Event, { line, condition }: ReadEvent, count: number): Wanted | string {
    const cause = this.#names.cursorOf(event)
    const own: Record<OwnField, unknown> = {
      rule: this.#rule,
      count,
      cursor: cause,
      time: formatTime(ownTime(event)),
    }
    const fields = [...this.#fields, ...(condition?.fields.values() ?? [])]
    const ofLong = isLong(event) ? this.#ofLong(event, fields) : undefined
    if (ofLong === TOO_LONG) return TOO_LARGE
    const read = fieldValues(event, fields, this.#names.typeOf, {
      ...ofLong,
      ...own,
      ...this.#derived(event, fields),
      ...line?.values,
    })
    const values = condition === undefined ? read : this.#named(read, condition)
    const bytes = encodedLength(values)
    if (bytes > MAX_VALUE_BYTES) return TOO_LARGE
    const trace = readTraceparent(event.attributes.traceparent)?.text
    return { values, chain: chainOf(event), cause, trace, bytes }
  }

  /** The values of those fields that are in the body, also of those that it does not have. */
  #ofLong(event: Event, fields: readonly string[]): Record<string, unknown> | typeof TOO_LONG {
    const values: Record<string, unknown> = {}
    let left = MAX_VALUE_BYTES
    for (const name of new Set(fields)) {
      const field = parseField(name)
      if (field.in !== 'data') continue
      const bytes = this.#long.bytes(event, field.path, left)
      if (bytes === TOO_LONG) return TOO_LONG
      values[name] = bytes && decode(bytes)
      left -= bytes?.length ?? 0
    }
    return values
  }

  #named(read: FieldValues, condition: RuleCondition): FieldValues {
    const own = this.#fields.filter((field) => Object.hasOwn(read, field))
    return { ...Object.fromEntries(own.map((field) => [field, read[field]])), ...condition.named(read) }
  }

  #derived({ bytes, at }: Event, fields: readonly string[]): Record<string, unknown> {
    const values: Record<string, unknown> = {}
    for (const name of fields) {
      const read = derivedAttribute(name, this.#names)
      if (read !== undefined) values[name] = read(bytes, at)
    }
    return values
  }

  #read(event: Event, reader: LineReader | undefined, keyOf: GroupKey): readonly ReadEvent[] {
    const line = reader?.read(event)
    if (reader !== undefined && line === undefined) return []
    return [{ key: keyOf(event, line), line, times: line?.times ?? 1 }]
  }
}
