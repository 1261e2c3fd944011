import { messageOf } from '../../../errors/thrown.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import type { Event } from '../../../event/event.js'
import { bodyStart, frameBytes } from '../../../event/frame.js'
import { encode } from '../../../event/msgpack/encoder.js'
import { formatTime } from '../../../event/position.js'
import { compileSimple, type SimpleXPath } from '../../../filter/xpath/evaluate.js'
import { compileXPath } from '../../../filter/xpath/full/index.js'
import type { EventView } from '../../../filter/xpath/view.js'
import type { TypeOfFrame } from '../streams/event-type.js'
import type { XPathEngine, XPathEvaluation } from './engine.js'

/** Length of an expression, in UTF-16 units. */
const MAX_EXPRESSION = 4096
/** An event of more bytes is decoded and tested outside of the event loop. */
const MAX_BYTES_HERE = 64 * 1024

/** The element that stands for an event whose data is more than its content; undefined for all other events. */
export type ContentOf = (event: Event) => Pick<EventView, 'type' | 'data'> | undefined

/**
 * An XPath expression that selects events by their XML view (filter/xpath/view.ts). Simple expressions are tested in
 * the event loop, all others in a thread.
 */
export class XPathFilter {
  readonly #typeOf: TypeOfFrame
  readonly #contentOf: ContentOf
  readonly #simple: SimpleXPath | undefined
  readonly #evaluation: XPathEvaluation
  /** Length of the expression. */
  readonly length: number

  private constructor(
    [typeOf, contentOf]: readonly [TypeOfFrame, ContentOf],
    simple: SimpleXPath | undefined,
    evaluation: XPathEvaluation,
    length: number,
  ) {
    this.length = length
    this.#typeOf = typeOf
    this.#contentOf = contentOf
    this.#simple = simple
    this.#evaluation = evaluation
  }

  /** Throws TCN_FILTER_SYNTAX or TCN_FILTER_PATTERN_TOO_LONG. */
  static compile(
    expression: string,
    engine: XPathEngine,
    typeOf: TypeOfFrame,
    contentOf: ContentOf = () => undefined,
  ): XPathFilter {
    if (expression.length > MAX_EXPRESSION) {
      const message = `an XPath has at most ${MAX_EXPRESSION} characters`
      throw new TocsinError('TCN_FILTER_PATTERN_TOO_LONG', message)
    }
    const simple = compileSimple(expression)
    if (simple === undefined) check(expression)
    return new XPathFilter([typeOf, contentOf], simple, engine.evaluation(expression), expression.length)
  }

  /** The number of events that took too long, and therefore did not match. */
  get overruns(): number {
    return this.#evaluation.overruns
  }

  /** Rejects with TCN_FILTER_TOO_COMPLEX when too many events took too long. */
  matches(event: Event): boolean | Promise<boolean> {
    const content = this.#contentOf(event)
    const type = content?.type ?? this.#typeOf(event.bytes, event.at)
    const bytes = frameBytes(event.bytes, event.at)
    if (this.#simple !== undefined && bytes <= MAX_BYTES_HERE) {
      const matches = this.#simple.matches(new View(type, event, content))
      if (matches !== undefined) return matches
    }
    // A copy, since a view would take the whole memory around it to the thread.
    const body = content
      ? encode(content.data)
      : event.bytes.slice(bodyStart(event.bytes, event.at), event.at + bytes)
    return this.#evaluation.matches({ type, attributes: { ...attributesOf(event) }, body })
  }
}

function check(expression: string): void {
  try {
    compileXPath(expression)
  } catch (thrown) {
    throw new TocsinError('TCN_FILTER_SYNTAX', `XPath: ${messageOf(thrown)}`)
  }
}

/** Most expressions look at the data or at the attributes, not at both. */
class View implements EventView {
  readonly type: string
  readonly #event: Event
  readonly #content: ReturnType<ContentOf>

  constructor(type: string, event: Event, content: ReturnType<ContentOf>) {
    this.type = type
    this.#event = event
    this.#content = content
  }

  get attributes(): Record<string, string> {
    return attributesOf(this.#event)
  }

  get data(): unknown {
    return this.#content === undefined ? this.#event.data : this.#content.data
  }
}

function attributesOf(event: Event): Record<string, string> {
  return {
    get tag() {
      return event.tag
    },
    get source() {
      return event.source
    },
    get time() {
      return formatTime(event.time)
    },
  }
}
