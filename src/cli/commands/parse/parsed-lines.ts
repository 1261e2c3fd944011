import { encodeAttributes } from '../../../event/attributes.js'
import { Event } from '../../../event/event.js'
import { encodeFrame } from '../../../event/frame.js'
import { encode } from '../../../event/index.js'
import { jsonView } from '../../../event/json/view.js'
import { eventTypes } from '../../../hub/event-types.js'
import type { TextReading } from '../../../sources/text/text-parser.js'
import type { SampleEvent } from '../../../sources/text-sample.js'
import { derivedAttributes } from '../../../types/derived-attributes.js'
import { displaysOf, hubTypes, TypeRegistry } from '../../../types/index.js'
import { summaryOf } from '../../../types/summary.js'
import type { Io } from '../../io.js'
import { cut, escapeText } from '../../terminal/text.js'

const SUMMARY_CHARACTERS = 2000

/** A line, and what has become of it. */
export interface ParsedRow {
  number: number
  event: SampleEvent | undefined
  read: TextReading | undefined
  /** The format that has read it. */
  format: string | undefined
}

/** Shows events as the hub would have them. */
export class ParsedLines {
  readonly #io: Io
  readonly #typeOf: TypeRegistry['typeOf']
  readonly #displays: ReturnType<typeof displaysOf>
  readonly #derived: ReturnType<typeof derivedAttributes>

  constructor(io: Io) {
    const types = new TypeRegistry(hubTypes, ...eventTypes)
    this.#io = io
    this.#typeOf = types.typeOf
    this.#displays = displaysOf([hubTypes, ...eventTypes].flat())
    this.#derived = derivedAttributes(types)
  }

  /** The line for programs. */
  data({ number, event, read, format }: ParsedRow): object {
    const parser = read && { parser: read.by + 1, format }
    const unconverted = read && read.unconverted.length > 0 && { unconverted: read.unconverted }
    if (event === undefined) return { line: number, fault: NO_EVENT }
    const { tag, attributes, data } = event
    const derived = this.#attributesOf(event)
    return { line: number, ...parser, tag, ...derived, ...attributes, ...unconverted, data: jsonView(data) }
  }

  /** Number, format, time, severity, host, tag and summary. */
  lines({ number, event, read, format }: ParsedRow): string[] {
    const { out, colors } = this.#io
    const room = out.columns ?? Number.POSITIVE_INFINITY
    if (event === undefined) return [cut(`${number}  ${NO_EVENT}`, room)]
    const { severity = '-', host = '-' } = this.#attributesOf(event)
    const display = this.#displays.get(this.#typeOf(event.tag))
    const summary = summaryOf(event.data, SUMMARY_CHARACTERS, display)
    const place = [number, format ?? '-', event.attributes?.time ?? '-', severity, host, event.tag]
    const text = cut(escapeText([...place, summary].join('  ')), room)
    const unconverted = (read?.unconverted ?? []).map((name) =>
      cut(escapeText(`  not converted: ${name}`), room),
    )
    return [
      read === undefined ? colors.yellow(text) : text,
      ...unconverted.map((line) => colors.yellow(line)),
    ]
  }

  #attributesOf({ tag, source, data, attributes }: SampleEvent): { severity?: string; host?: string } {
    const { bytes, at } = new Event(
      encodeFrame({
        ...{ tag, source, body: encode(data) },
        ...(attributes !== undefined && { attributes: encodeAttributes(attributes) }),
      }),
    )
    const { severity, host } = this.#derived
    return { severity: textOf(severity(bytes, at)), host: textOf(host(bytes, at)) }
  }
}

const NO_EVENT = 'is no entry as journalctl -o json writes it'

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
