import { messageOf } from '../../../errors/thrown.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import type { Event } from '../../../event/event.js'
import { bodyStart, frameBytes } from '../../../event/frame.js'
import { formatTime } from '../../../event/position.js'
import { compileSimple, type SimpleXPath } from '../../../filter/xpath/evaluate.js'
import { compileXPath } from '../../../filter/xpath/full/index.js'
import type { EventView } from '../../../filter/xpath/view.js'
import type { TypeOfFrame } from '../stream/event-type.js'
import type { XPathEngine, XPathEvaluation } from './engine.js'

/** Length of an expression, in UTF-16 units. */
const MAX_EXPRESSION = 4096
/** An event of more bytes is decoded and tested outside of the event loop. */
const MAX_BYTES_HERE = 64 * 1024

/**
 * An XPath expression that selects events by their XML view (filter/xpath/view.ts). Simple expressions are tested in
 * the event loop, all others in a thread.
 */
export class XPathFilter {
  readonly #typeOf: TypeOfFrame
  readonly #simple: SimpleXPath | undefined
  readonly #evaluation: XPathEvaluation
  /** Length of the expression. */
  readonly length: number

  private constructor(
    typeOf: TypeOfFrame,
    simple: SimpleXPath | undefined,
    evaluation: XPathEvaluation,
    length: number,
  ) {
    this.length = length
    this.#typeOf = typeOf
    this.#simple = simple
    this.#evaluation = evaluation
  }

  /** Throws TCN_FILTER_SYNTAX or TCN_FILTER_PATTERN_TOO_LONG. */
  static compile(expression: string, engine: XPathEngine, typeOf: TypeOfFrame): XPathFilter {
    if (expression.length > MAX_EXPRESSION) {
      const message = `an XPath has at most ${MAX_EXPRESSION} characters`
      throw new TocsinError('TCN_FILTER_PATTERN_TOO_LONG', message)
    }
    const simple = compileSimple(expression)
    if (simple === undefined) check(expression)
    return new XPathFilter(typeOf, simple, engine.evaluation(expression), expression.length)
  }

  /** The number of events that took too long, and therefore did not match. */
  get overruns(): number {
    return this.#evaluation.overruns
  }

  /** Rejects with TCN_FILTER_TOO_COMPLEX when too many events took too long. */
  matches(event: Event): boolean | Promise<boolean> {
    const type = this.#typeOf(event.bytes, event.at)
    const bytes = frameBytes(event.bytes, event.at)
    if (this.#simple !== undefined && bytes <= MAX_BYTES_HERE) {
      const matches = this.#simple.matches(new View(type, event))
      if (matches !== undefined) return matches
    }
    // A copy, since a view would take the whole memory around it to the thread.
    const body = event.bytes.slice(bodyStart(event.bytes, event.at), event.at + bytes)
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

  constructor(type: string, event: Event) {
    this.type = type
    this.#event = event
  }

  get attributes(): Record<string, string> {
    return attributesOf(this.#event)
  }

  get data(): unknown {
    return this.#event.data
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
