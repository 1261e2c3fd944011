import {
  type CloudEventView,
  exportedEnvelope,
  hasManyValues,
  toCloudEvent,
  toUriReference,
} from '../../event/cloudevents.js'
import type { Event } from '../../event/event.js'
import { attributesLength, frameFlags, frameKind } from '../../event/frame.js'
import { formatTime } from '../../event/position.js'
import { cloudEventPieces, type LongText, LongTexts } from '../../incremental/long-text.js'

/** Maximum number of cached texts and length of each: at most 1 MiB in total. */
const SLOTS = 256
const MAX_CACHED_LENGTH = 4096
const MAX_SOURCES = 256
/** µs: the year 9999 */
const MAX_PLAIN_TIME = 2.53e17

interface Slot {
  seq: number
  flags: number
  text: string
}

/**
 * Events as CloudEvents JSON, each encoded once: formats that wrap the same text differently, and overlapping
 * filters, share it during the tick, and usually a little longer.
 */
export class EventTexts {
  readonly #view: CloudEventView
  readonly #slots: (Slot | undefined)[] = new Array(SLOTS)
  readonly #sources = new Map<string, string>()
  readonly #long: LongTexts
  #second = -1
  #secondText = ''

  constructor(view: CloudEventView) {
    this.#view = view
    this.#long = new LongTexts((event) => cloudEventPieces(event, view))
  }

  get epoch(): string {
    return this.#view.epoch
  }

  of(event: Event): string {
    const { seq, flags } = event
    // Only an event from the log has its own number.
    if (seq === 0 || event.synthetic) return this.#make(event)
    const known = this.#slots[seq % SLOTS]
    if (known !== undefined && known.seq === seq && known.flags === flags) return known.text
    const text = this.#make(event)
    if (text.length <= MAX_CACHED_LENGTH) this.#slots[seq % SLOTS] = { seq, flags, text }
    return text
  }

  /** The text of an event that takes long to make; undefined for all others. Its readers share it. */
  long(event: Event): LongText | undefined {
    return this.#long.of(event)
  }

  #make(event: Event): string {
    if (hasManyValues(event)) return exportedText(event, this.#view)
    return this.#plainText(event) ?? JSON.stringify(toCloudEvent(event, this.#view))
  }

  /** Returns the text of a usual event without creating an object, in half the time; undefined for all other events. */
  #plainText(event: Event): string | undefined {
    const { bytes, at, seq } = event
    if (seq === 0 || frameFlags(bytes, at) !== 0 || frameKind(bytes, at) !== 0) return undefined
    if (attributesLength(bytes, at) !== 0) return undefined
    const { data, tag } = event
    if (!isPlain(data)) return undefined
    const severity = this.#view.severityOf?.(event)
    return (
      `{"specversion":"1.0","id":"${this.#view.epoch}-${seq}","source":${this.#source(event.source)},` +
      `"type":${JSON.stringify(this.#view.typeOf(tag))},"subject":${JSON.stringify(tag)},` +
      `"time":"${this.#time(event.time)}",${severity === undefined ? '' : `"severity":"${severity}",`}` +
      `"datacontenttype":"application/json","data":${JSON.stringify(data)}}`
    )
  }

  /** Cached, since a log has only a few sources. */
  #source(source: string): string {
    const known = this.#sources.get(source)
    if (known !== undefined) return known
    if (this.#sources.size >= MAX_SOURCES) this.#sources.clear()
    const text = JSON.stringify(toUriReference(source))
    this.#sources.set(source, text)
    return text
  }

  /** Most events have the same second as the previous one. */
  #time(micros: number): string {
    const second = Math.floor(micros / 1e6)
    if (second !== this.#second) {
      if (micros > MAX_PLAIN_TIME) return formatTime(micros)
      this.#second = second
      this.#secondText = formatTime(second * 1e6).slice(0, -'000000Z'.length)
    }
    return `${this.#secondText}${String(micros - second * 1e6).padStart(6, '0')}Z`
  }
}

/** The text of `toExportedCloudEvent`. Base64 needs no escapes, and to look for them in megabytes takes long. */
function exportedText(event: Event, view: CloudEventView): string {
  const { buffer, byteOffset, length } = event.body
  const base64 = Buffer.from(buffer, byteOffset, length).toString('base64')
  return `${JSON.stringify(exportedEnvelope(event, view)).slice(0, -1)},"data_base64":"${base64}"}`
}

/** Returns whether JSON can represent the value exactly. For other values, `jsonView` defines the representation. */
function isPlain(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true
    case 'number':
      return Number.isFinite(value)
    case 'object':
      return value === null || isPlainObject(value)
    default:
      return false
  }
}

function isPlainObject(value: object): boolean {
  if (Array.isArray(value)) return value.every(isPlain)
  if (Object.getPrototypeOf(value) !== Object.prototype) return false
  for (const key in value) if (!isPlain((value as Record<string, unknown>)[key])) return false
  return true
}
