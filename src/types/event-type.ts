import { TocsinError } from '../errors/tocsin-error.js'
import type { SeverityName } from '../event/severity.js'
import type { Derivation } from './derivation.js'
import { faultOfDisplay } from './display.js'
import type { JsonSchema } from './json-schema.js'

export type { JsonSchema } from './json-schema.js'

/**
 * The type of the data of each event type, for programs. A package that defines event types adds them here:
 *
 *   declare module 'tocsin' { interface EventTypes { 'acme.door': { open: boolean } } }
 */
// biome-ignore lint/suspicious/noEmptyInterface: others fill it
export interface EventTypes {}

/** The data of an event of this type. */
export type DataOf<Type extends string> = Type extends keyof EventTypes ? EventTypes[Type] : unknown

export interface EventType<Name extends string = string> {
  /** Lower-case words joined by dots, with underscores within a word: `host.interface`. */
  readonly type: Name
  /**
   * Patterns of the tags that these events have. `*` stands for exactly one segment, and `**` at the end for
   * one or more; `name_*` matches a segment with this beginning, and `#` within a segment matches one digit.
   * If several patterns match a tag, the one with the earlier literal segment wins.
   */
  readonly tags: readonly string[]
  /** One sentence that says what happened. */
  readonly summary?: string
  /** A template for the data in one line, such as `{usedPercent|percent} of {total|bytes}`; see `Display`. */
  readonly display?: string
  /** Schema of the body in its JSON view. */
  readonly schema?: JsonSchema
  /** Fields that connect related events, such as `data.jid`. */
  readonly correlation?: readonly string[]
  /** The severity of an event that carries none. Default: by a usual field of the data. */
  readonly severity?: Derivation<SeverityName>
  /** The host of an event that carries none. Default: by the tag, `host/<name>/…`, or `data.host`. */
  readonly host?: Derivation<string>
  /** True if the host says with it that it goes, so that it is not missed. */
  readonly isFarewell?: boolean
}

/** The type of tags that no definition covers. */
export const UNREGISTERED = 'tocsin.event'

/** An event type whose schema may be made when somebody asks for it: that takes time, which each start would pay. */
export interface EventTypeDefinition<Name extends string = string> extends Omit<EventType<Name>, 'schema'> {
  readonly schema?: JsonSchema | (() => JsonSchema)
}

/** Those that `defineType` returned, which need no second check. */
const checked = new WeakSet<object>()

/**
 * Checks the definition and freezes it. Throws TCN_TYPE_INVALID.
 *
 * @example
 * const door = defineType({ type: 'acme.door', tags: ['acme/door/*'], summary: 'A door was opened or closed' })
 * await using hub = await connect({ types: [door] })
 */
export function defineType<const Name extends string>(
  definition: EventTypeDefinition<Name>,
): EventType<Name> {
  if (checked.has(definition)) return definition as EventType<Name>
  const { type, tags, display, schema, correlation = [] } = definition
  if (!typeName.test(type))
    throw invalid(type, 'a name is lower case, with dots between its two or more parts')
  if (tags.length === 0) throw invalid(type, 'a tag is expected')
  for (const tag of tags)
    if (!isTagPattern(tag)) throw invalid(type, `${JSON.stringify(tag)} is no pattern of a tag`)
  for (const field of correlation) {
    if (!correlationField.test(field))
      throw invalid(type, `${JSON.stringify(field)} is no field to correlate by`)
  }
  const known = typeof schema === 'function' ? undefined : schema
  const fault = display === undefined ? undefined : faultOfDisplay(display, known)
  if (fault !== undefined) throw invalid(type, `its display cannot be used: ${fault}`)
  const defined = {
    ...definition,
    tags: Object.freeze([...tags]),
    correlation: Object.freeze([...correlation]),
  }
  if (typeof schema === 'function') makeOnce(defined, schema)
  checked.add(defined)
  return Object.freeze(defined) as EventType<Name>
}

function makeOnce(defined: object, make: () => JsonSchema): void {
  let schema: JsonSchema | undefined
  Object.defineProperty(defined, 'schema', { enumerable: true, get: () => (schema ??= make()) })
}

/**
 * Checks several definitions and freezes them. Throws TCN_TYPE_INVALID.
 *
 * @example
 * const types = defineTypes([
 *   { type: 'acme.door', tags: ['acme/door/*'] },
 *   { type: 'acme.gate', tags: ['acme/gate/*'] },
 * ])
 * await using hub = await connect({ types })
 */
export function defineTypes(definitions: readonly EventTypeDefinition[]): readonly EventType[] {
  return Object.freeze(definitions.map((definition) => defineType(definition)))
}

const typeName = /^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$/
const correlationField = /^(?!data$)(data(\.[^.]+)+|[a-z0-9]+)$/

/** Only the first segment may be empty: the tag then begins with `/`. */
function isTagPattern(tag: string): boolean {
  const segments = tag.split('/')
  const last = segments.length - 1
  return segments.every(
    (segment, index) =>
      (segment === '' && index === 0 && last > 0) ||
      (segment === '**' && index === last) ||
      /^(\*|[^*]+\*?)$/.test(segment),
  )
}

export function invalid(type: string, message: string): TocsinError {
  return new TocsinError('TCN_TYPE_INVALID', `type ${JSON.stringify(type)}: ${message}`, {
    details: { type },
  })
}
