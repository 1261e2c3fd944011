import type { ViewNode } from './nodes.js'
import { toBoolean, toNumber, toText, type XPathValue } from './values.js'

export type XPathKind = 'nodes' | 'text' | 'number' | 'boolean'

/** The node at which a part of the expression is evaluated, and its place among those that were selected with it. */
export interface XPathContext {
  readonly node: ViewNode
  readonly position: number
  readonly size: number
}

export interface XPathFunction {
  /** Fewest and most arguments. */
  readonly takes: readonly [number, number]
  /** Only sets of nodes can be its arguments. */
  readonly ofNodes: boolean
  /** Without an argument, it is about the node itself. */
  readonly gives: XPathKind
  readonly run: (values: readonly XPathValue[], context: XPathContext) => XPathValue
}

const MANY = Number.POSITIVE_INFINITY

function fn(
  gives: XPathKind,
  takes: readonly [number, number],
  run: XPathFunction['run'],
  ofNodes = false,
): XPathFunction {
  return { takes, ofNodes, gives, run }
}

const ofText = (run: (text: string, ...more: string[]) => XPathValue) => (values: readonly XPathValue[]) => {
  const [text = '', ...more] = values.map(toText)
  return run(text, ...more)
}
const ofNumber = (run: (value: number) => number) => (values: readonly XPathValue[]) =>
  run(toNumber(values[0]))
/** About the first node of the set, or the node itself. */
const ofNode =
  (run: (node: ViewNode | undefined) => string): XPathFunction['run'] =>
  ([nodes], { node }) =>
    run(nodes === undefined ? node : nodesIn(nodes)[0])
const own =
  (run: (value: XPathValue) => XPathValue): XPathFunction['run'] =>
  ([value], { node }) =>
    run(value ?? [node])

/** The functions of XPath 1.0, section 4, and `ends-with`, which later versions have. */
export const FUNCTIONS: ReadonlyMap<string, XPathFunction> = new Map(
  Object.entries({
    last: fn('number', [0, 0], (_, { size }) => size),
    position: fn('number', [0, 0], (_, { position }) => position),
    count: fn('number', [1, 1], ([nodes]) => nodesIn(nodes).length, true),
    // No attribute of an event is the identity of an element, and none says its language.
    id: fn('nodes', [1, 1], () => []),
    lang: fn('boolean', [1, 1], () => false),
    'local-name': fn(
      'text',
      [0, 1],
      ofNode((node) => node?.name ?? ''),
      true,
    ),
    'namespace-uri': fn('text', [0, 1], () => '', true),
    name: fn(
      'text',
      [0, 1],
      ofNode((node) => node?.name ?? ''),
      true,
    ),
    string: fn('text', [0, 1], own(toText)),
    concat: fn('text', [2, MANY], (values) => values.map(toText).join('')),
    'starts-with': fn(
      'boolean',
      [2, 2],
      ofText((text, start) => text.startsWith(start)),
    ),
    'ends-with': fn(
      'boolean',
      [2, 2],
      ofText((text, end) => text.endsWith(end)),
    ),
    contains: fn(
      'boolean',
      [2, 2],
      ofText((text, part) => text.includes(part)),
    ),
    'substring-before': fn('text', [2, 2], ofText(before)),
    'substring-after': fn('text', [2, 2], ofText(after)),
    substring: fn('text', [2, 3], ([text, from, length]) =>
      substring(toText(text), toNumber(from), length === undefined ? MANY : toNumber(length)),
    ),
    'string-length': fn(
      'number',
      [0, 1],
      own((value) => [...toText(value)].length),
    ),
    'normalize-space': fn(
      'text',
      [0, 1],
      own((value) => words(toText(value)).join(' ')),
    ),
    translate: fn('text', [3, 3], ofText(translate)),
    boolean: fn('boolean', [1, 1], ([value]) => toBoolean(value)),
    not: fn('boolean', [1, 1], ([value]) => !toBoolean(value)),
    true: fn('boolean', [0, 0], () => true),
    false: fn('boolean', [0, 0], () => false),
    number: fn('number', [0, 1], own(toNumber)),
    sum: fn(
      'number',
      [1, 1],
      ([nodes]) => nodesIn(nodes).reduce((sum, node) => sum + toNumber(node.text), 0),
      true,
    ),
    floor: fn('number', [1, 1], ofNumber(Math.floor)),
    ceiling: fn('number', [1, 1], ofNumber(Math.ceil)),
    round: fn('number', [1, 1], ofNumber(Math.round)),
  }),
)

function nodesIn(value: XPathValue): readonly ViewNode[] {
  return typeof value === 'object' ? value : []
}

function words(text: string): string[] {
  return text.split(/[ \t\r\n]+/).filter((word) => word !== '')
}

function before(text: string, mark: string): string {
  return text.slice(0, Math.max(0, text.indexOf(mark)))
}

function after(text: string, mark: string): string {
  const at = text.indexOf(mark)
  return at === -1 ? '' : text.slice(at + mark.length)
}

/** Characters from `from`, of which the first is 1; both numbers are rounded. */
function substring(text: string, from: number, length: number): string {
  const start = Math.round(from)
  const end = start + Math.round(length)
  return [...text].filter((_, index) => index + 1 >= start && index + 1 < end).join('')
}

/** Replaces each character of `from` by the one of `to` at its place, or removes it. */
function translate(text: string, from: string, to: string): string {
  const [others, own] = [[...to], [...from]]
  return [...text]
    .map((character) => {
      const at = own.indexOf(character)
      return at === -1 ? character : (others[at] ?? '')
    })
    .join('')
}
