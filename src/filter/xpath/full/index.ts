import type { EventView } from '../view.js'
import { ViewDocument } from './nodes.js'
import { parse } from './parser.js'
import { toBoolean } from './values.js'

/**
 * Returns an expression of XPath 1.0 (W3C, 1999) as a test of events. Throws an Error that says why it is not valid. A
 * valid one never fails, but may take very long.
 */
export function compileXPath(expression: string): (event: EventView) => boolean {
  const part = parse(expression)
  return (event) => {
    const document = new ViewDocument(event)
    return toBoolean(part.run({ node: document.nodes[0], position: 1, size: 1 }, document))
  }
}
