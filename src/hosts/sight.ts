import { sourceLength, sourceStart } from '../event/frame.js'
import { readText } from '../event/msgpack/generated-code.js'
import { segmentsEnd } from '../event/segments.js'
import { severityNames } from '../event/severity.js'
import { carriedHost, carriedSeverity, type TypeReaders, typeReaders } from '../types/derived-attributes.js'
import type { EventType } from '../types/event-type.js'
import type { TypeRegistry } from '../types/registry.js'
import { CLASSES } from './host-table.js'

const UNSAID = CLASSES - 1
const MAX_KINDS = 32
const OTHERS = 'programs'
const classes: ReadonlyMap<string, number> = new Map(severityNames.map((name, index) => [name, index]))

/** Reads who speaks in an event, and how severe it is. Its fields are those of the event that was read last. */
export class SightReader {
  /** The host as the event names it. */
  name = ''
  /** Index in `severityNames`; the next number if the event says none. */
  severity = UNSAID
  /** Number of the kind of its source. */
  kind = 0
  type: EventType | undefined
  readonly #kinds: readonly string[]
  readonly #readersOf: (bytes: Uint8Array, at: number) => TypeReaders
  readonly #kindsOfTypes = new WeakMap<EventType, number>()

  /** `kinds`: see `kindsOf`. */
  constructor(types: TypeRegistry, kinds: readonly string[]) {
    this.#readersOf = typeReaders(types)
    this.#kinds = kinds
  }

  /** Returns false if no host speaks in the event, such as one of a hub about another host. */
  read(bytes: Uint8Array, at: number): boolean {
    const readers = this.#readersOf(bytes, at)
    this.type = readers.type
    this.kind = readers.type === undefined ? 0 : this.#kindOf(readers.type)
    const host = carriedHost(bytes, at) ?? readers.host(bytes, at)
    if (host === undefined) return false
    if (isOfHub(bytes, at) && hubIn(bytes, at) !== host) return false
    this.name = host
    const severity = carriedSeverity(bytes, at) ?? readers.severity(bytes, at)
    this.severity = (severity === undefined ? undefined : classes.get(severity)) ?? UNSAID
    return true
  }

  #kindOf(type: EventType): number {
    const known = this.#kindsOfTypes.get(type)
    if (known !== undefined) return known
    const number = Math.max(0, this.#kinds.indexOf(kindOf(type)))
    this.#kindsOfTypes.set(type, number)
    return number
  }
}

/** Kinds of sources by their numbers, of which the first stands for all that are not known. */
export function kindsOf(types: Iterable<EventType>): string[] {
  return [OTHERS, ...new Set([...types].map(kindOf))].slice(0, MAX_KINDS)
}

/** Returns the kind of source whose events have the type: `journal` for `host/<name>/journal/…`, `salt` for `salt.job`. */
function kindOf({ type, tags: [tag] }: EventType): string {
  const [first, , third] = tag.split('/')
  return first === 'host' && third !== undefined ? third : type.slice(0, type.indexOf('.'))
}

/** Returns whether a hub itself has published the event: its source begins with `hub/`. */
export function isOfHub(bytes: Uint8Array, at: number): boolean {
  const start = sourceStart(bytes, at)
  return (
    sourceLength(bytes, at) > 4 &&
    bytes[start] === 0x68 &&
    bytes[start + 1] === 0x75 &&
    bytes[start + 2] === 0x62 &&
    bytes[start + 3] === 0x2f
  )
}

function hubIn(bytes: Uint8Array, at: number): string {
  const start = sourceStart(bytes, at) + 4
  const end = sourceStart(bytes, at) + sourceLength(bytes, at)
  const next = segmentsEnd(bytes, start, end, 1)
  return readText(bytes, start, next < 0 ? end : next - 1)
}
