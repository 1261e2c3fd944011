import {
  BYTES_TYPE,
  type CloudEvent,
  type CloudEventView,
  cloudEventHead,
  exportedEnvelope,
  hasManyValues,
  JSON_TYPE,
} from '../event/cloudevents.js'
import type { Event } from '../event/event.js'
import { bodyStart } from '../event/frame.js'
import { kindAt } from '../event/msgpack/find.js'
import { hasMoreValues } from '../event/msgpack/walk.js'
import { jsonPieces } from './json-pieces.js'
import { base64Pieces, contentStart } from './piece-writer.js'

/** The text of an event with a longer body, or with more values in a body that is not short, is made in pieces. */
const LONG_BYTES = 128 * 1024
const SHORT_BYTES = 16 * 1024
const MANY_VALUES = 8192
/**
 * Pieces that are kept for the readers behind the first: so few that most are gone before young memory is collected. What
 * outlives that takes memory until everything is collected.
 */
export const KEPT_PIECES = 16

/** Returns whether it would take long to make all of the text at once. */
export function isLong({ bytes, at, end }: Event): boolean {
  const start = bodyStart(bytes, at)
  if (end - start <= SHORT_BYTES) return false
  return end - start > LONG_BYTES || hasMoreValues(bytes, start, end, MANY_VALUES)
}

/** The text of `JSON.stringify(toCloudEvent(…))`, in pieces, some of which are empty. */
export function* cloudEventPieces(event: Event, view: CloudEventView): Generator<string, void> {
  const { bytes, at, end } = event
  const start = bodyStart(bytes, at)
  if (hasManyValues(event)) {
    yield `${opened(exportedEnvelope(event, view))},"data_base64":"`
    yield* base64Pieces(bytes, start, end)
    yield '"}'
  } else if (kindAt(bytes, start) === 'bytes') {
    yield `${opened(cloudEventHead(event, view, BYTES_TYPE))},"data_base64":"`
    yield* base64Pieces(bytes, contentStart(bytes, start), end)
    yield '"}'
  } else {
    yield `${opened(cloudEventHead(event, view, JSON_TYPE))},"data":`
    yield* jsonPieces(bytes, start, end)
    yield '}'
  }
}

function opened(head: CloudEvent): string {
  return JSON.stringify(head).slice(0, -1)
}

/**
 * The text of an event that is long, made piece by piece as its readers ask for it. Readers at about the same place
 * share the pieces; those that are further behind make them again, so that never much of the text is in memory.
 */
export class LongText {
  readonly #make: () => Iterator<string, void>
  readonly #steps: Iterator<string, void>
  /** The last pieces that were made. */
  readonly #kept: Uint8Array[] = []
  /** The same text for readers that are too far behind for the pieces of this one. */
  #follower: WeakRef<LongText> | undefined
  #made = 0
  #isComplete = false

  constructor(make: () => Iterator<string, void>) {
    this.#make = make
    this.#steps = make()
  }

  /** All pieces. Like the pieces that have to be made again, some are empty. */
  *read(): Generator<Uint8Array, void> {
    let text: LongText = this
    for (let index = 0; ; index++) {
      if (text.#isPast(index)) {
        text = text.#behind(index)
        while (text.#made < index && text.#goOn()) yield EMPTY
      }
      if (text.#made === index && !text.#goOn()) return
      yield text.#kept[text.#kept.length - (text.#made - index)]
    }
  }

  #isPast(index: number): boolean {
    return this.#made - index > this.#kept.length
  }

  #behind(index: number): LongText {
    const follower = this.#follower?.deref()
    if (follower !== undefined) return follower.#isPast(index) ? follower.#behind(index) : follower
    const text = new LongText(this.#make)
    this.#follower = new WeakRef(text)
    return text
  }

  #goOn(): boolean {
    if (this.#isComplete) return false
    const { done, value } = this.#steps.next()
    this.#isComplete = done === true
    if (this.#isComplete) return false
    this.#made++
    this.#kept.push(Buffer.from(value as string))
    if (this.#kept.length > KEPT_PIECES) this.#kept.shift()
    return true
  }
}

const EMPTY = new Uint8Array(0)

/** Long events whose text is being read at the same time. */
const LONG_SLOTS = 8

/** The texts of long events, as long as somebody reads them. */
export class LongTexts {
  readonly #pieces: (event: Event) => Iterator<string, void>
  readonly #slots: ({ key: string; text: WeakRef<LongText> } | undefined)[] = new Array(LONG_SLOTS)

  constructor(pieces: (event: Event) => Iterator<string, void>) {
    this.#pieces = pieces
  }

  /** The text of an event that takes long to make; undefined for all others. Its readers share it. */
  of(event: Event): LongText | undefined {
    if (!isLong(event)) return undefined
    const { seq, flags, at, end } = event
    const make = () => new LongText(() => this.#pieces(event))
    if (seq === 0 || event.synthetic) return make()
    const key = `${seq} ${flags} ${end - at}`
    const known = this.#slots[seq % LONG_SLOTS]
    const shared = known?.key === key ? known.text.deref() : undefined
    if (shared !== undefined) return shared
    const text = make()
    this.#slots[seq % LONG_SLOTS] = { key, text: new WeakRef(text) }
    return text
  }
}
