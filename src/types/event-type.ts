import { TocsinError } from '../event/errors.js'

/**
 * Data of each event type, for programs. A package that defines types adds them here:
 *
 *   declare module 'tocsin' { interface EventTypes { 'acme.door': { open: boolean } } }
 */
// biome-ignore lint/suspicious/noEmptyInterface: others fill it
export interface EventTypes {}

/** What the body of an event of this type decodes to. */
export type DataOf<Type extends string> = Type extends keyof EventTypes ? EventTypes[Type] : unknown

/** JSON Schema 2020-12. */
export type JsonSchema = { readonly [keyword: string]: unknown }

export interface EventType<Name extends string = string> {
  /** Lower case, dots between, underscores within: `host.interface`. */
  readonly type: Name
  /**
   * Tags of these events. `*` as a segment is any one segment, `**` as the last one is all that
   * follows, at least one; `name_*` is a segment that begins so, and `#` in a segment one digit. Of
   * several that fit a tag the one with the earlier literal segment counts.
   */
  readonly tags: readonly string[]
  /** One sentence: what happened. */
  readonly summary?: string
  /** Of the body in its JSON view. */
  readonly schema?: JsonSchema
  /** Fields that tie events together, such as `data.jid`. */
  readonly correlation?: readonly string[]
}

/** The type of a tag that nobody registered. */
export const UNREGISTERED = 'tocsin.event'

/** Checks and freezes; throws TCN_TYPE_INVALID. */
export function defineType<const Name extends string>(definition: EventType<Name>): EventType<Name> {
  const { type, tags, correlation = [] } = definition
  if (!typeName.test(type))
    throw invalid(type, 'a name is lower case, with dots between its two or more parts')
  if (tags.length === 0) throw invalid(type, 'a tag is expected')
  for (const tag of tags)
    if (!isTagPattern(tag)) throw invalid(type, `${JSON.stringify(tag)} is no pattern of a tag`)
  for (const field of correlation) {
    if (!correlationField.test(field))
      throw invalid(type, `${JSON.stringify(field)} is no field to correlate by`)
  }
  return Object.freeze({
    ...definition,
    tags: Object.freeze([...tags]),
    correlation: Object.freeze([...correlation]),
  })
}

export function defineTypes(definitions: readonly EventType[]): readonly EventType[] {
  return Object.freeze(definitions.map((definition) => defineType(definition)))
}

const typeName = /^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$/
const correlationField = /^(?!data$)(data(\.[^.]+)+|[a-z0-9]+)$/

/** Only the first segment may be empty, of a tag that begins with `/`. */
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
