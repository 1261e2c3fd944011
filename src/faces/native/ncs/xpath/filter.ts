import { TocsinError } from '../../../../errors/tocsin-error.js'
import type { Event } from '../../../../event/event.js'
import { bodyStart, frameBytes } from '../../../../event/frame.js'
import { formatTime } from '../../../../event/position.js'
import type { TypeOf } from '../../../../filter/matcher.js'
import { compileSimple, type SimpleXPath } from '../../../../filter/xpath/evaluate.js'
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
  readonly #typeOf: TypeOf
  readonly #simple: SimpleXPath | undefined
  readonly #evaluation: XPathEvaluation

  private constructor(typeOf: TypeOf, simple: SimpleXPath | undefined, evaluation: XPathEvaluation) {
    this.#typeOf = typeOf
    this.#simple = simple
    this.#evaluation = evaluation
  }

  /** Throws TCN_FILTER_SYNTAX or TCN_FILTER_PATTERN_TOO_LONG. */
  static async compile(expression: string, engine: XPathEngine, typeOf: TypeOf): Promise<XPathFilter> {
    if (expression.length > MAX_EXPRESSION) {
      const message = `an XPath has at most ${MAX_EXPRESSION} characters`
      throw new TocsinError('TCN_FILTER_PATTERN_TOO_LONG', message)
    }
    // The engine takes nothing for an expression that gives nothing.
    if (expression.trim() === '') throw new TocsinError('TCN_FILTER_SYNTAX', 'the XPath is empty')
    const simple = compileSimple(expression)
    const evaluation = simple === undefined ? await engine.compile(expression) : engine.evaluation(expression)
    return new XPathFilter(typeOf, simple, evaluation)
  }

  /** How many events took too long, and therefore did not match. */
  get overruns(): number {
    return this.#evaluation.overruns
  }

  /** Rejects with TCN_FILTER_TOO_COMPLEX when too many events took too long. */
  matches(event: Event): boolean | Promise<boolean> {
    const { tag, source } = event
    const { type = this.#typeOf(tag) } = event.attributes
    const view = {
      type: String(type),
      attributes: { tag, source, time: formatTime(event.time) },
    }
    const bytes = frameBytes(event.bytes, event.at)
    if (this.#simple !== undefined && bytes <= MAX_BYTES_HERE) {
      const matches = this.#simple.matches({ ...view, data: event.data })
      if (matches !== undefined) return matches
    }
    // A copy, since a view would take the whole memory around it to the thread.
    const body = event.bytes.slice(bodyStart(event.bytes, event.at), event.at + bytes)
    return this.#evaluation.matches({ ...view, body })
  }
}
