import type { Axis } from './axes.js'
import { FUNCTIONS, type XPathContext, type XPathKind } from './functions.js'
import { inOrder, type ViewDocument, type ViewNode } from './nodes.js'
import { compare, toBoolean, toNumber, type XPathComparison, type XPathValue } from './values.js'

/** A part of an expression: it always gives the same kind of value. */
export interface XPathPart {
  readonly gives: XPathKind
  readonly run: (context: XPathContext, document: ViewDocument) => XPathValue
}

export interface LocationStep {
  readonly axis: Axis
  readonly selects: (node: ViewNode) => boolean
  readonly conditions: readonly XPathPart[]
}

export function literal(value: string | number): XPathPart {
  return { gives: typeof value === 'number' ? 'number' : 'text', run: () => value }
}

export function binary(one: XPathPart, by: string, other: XPathPart): XPathPart {
  if (by === 'or' || by === 'and') return logical(one, by === 'or', other)
  const operation = ARITHMETIC.get(by)
  if (operation === undefined)
    return {
      gives: 'boolean',
      run: (context, document) =>
        compare(one.run(context, document), by as XPathComparison, other.run(context, document)),
    }
  return {
    gives: 'number',
    run: (context, document) =>
      operation(toNumber(one.run(context, document)), toNumber(other.run(context, document))),
  }
}

const ARITHMETIC: ReadonlyMap<string, (one: number, other: number) => number> = new Map([
  ['+', (one, other) => one + other],
  ['-', (one, other) => one - other],
  ['*', (one, other) => one * other],
  ['div', (one, other) => one / other],
  ['mod', (one, other) => one % other],
])

/** The second part is evaluated only where it decides. */
function logical(one: XPathPart, decides: boolean, other: XPathPart): XPathPart {
  return {
    gives: 'boolean',
    run: (context, document) =>
      toBoolean(one.run(context, document)) === decides ? decides : toBoolean(other.run(context, document)),
  }
}

export function union(one: XPathPart, other: XPathPart): XPathPart {
  const [first, second] = [nodesOf(one, 'a union'), nodesOf(other, 'a union')]
  return {
    gives: 'nodes',
    run: (context, document) => inOrder([...first(context, document), ...second(context, document)]),
  }
}

/** Throws an Error for a function that there is not, or that takes others. */
export function call(name: string, given: readonly XPathPart[]): XPathPart {
  const found = FUNCTIONS.get(name)
  if (found === undefined) throw new Error(`there is no function ${name}()`)
  const [least, most] = found.takes
  if (given.length < least || given.length > most)
    throw new Error(`${name}() does not take ${given.length} arguments`)
  if (found.ofNodes) for (const part of given) nodesOf(part, `${name}()`)
  return {
    gives: found.gives,
    run: (context, document) =>
      found.run(
        given.map((part) => part.run(context, document)),
        context,
      ),
  }
}

/** Steps from the node, from the document, or from what an expression gives. */
export function path(
  from: XPathPart | 'node' | 'document',
  conditions: readonly XPathPart[],
  steps: readonly LocationStep[],
): XPathPart {
  const start = startOf(from)
  return {
    gives: 'nodes',
    run: (context, document) => {
      const first = selected(start(context, document), conditions, document)
      return steps.reduce((nodes, step) => take(step, nodes, document), first)
    },
  }
}

type Nodes = (context: XPathContext, document: ViewDocument) => readonly ViewNode[]

function startOf(from: XPathPart | 'node' | 'document'): Nodes {
  if (from === 'node') return ({ node }) => [node]
  return from === 'document' ? (_, { nodes }) => [nodes[0]] : nodesOf(from, 'a path')
}

/** Throws an Error if the part does not give nodes. */
function nodesOf({ gives, run }: XPathPart, what: string): Nodes {
  if (gives !== 'nodes') throw new Error(`${what} takes nodes, not a ${gives}`)
  return (context, document) => {
    const value = run(context, document)
    return typeof value === 'object' ? value : []
  }
}

function take(
  { axis, selects, conditions }: LocationStep,
  nodes: readonly ViewNode[],
  document: ViewDocument,
): readonly ViewNode[] {
  const found = nodes.flatMap((node) =>
    selected(axis.nodes(node, document).filter(selects), conditions, document),
  )
  return inOrder(found)
}

function selected(
  nodes: readonly ViewNode[],
  conditions: readonly XPathPart[],
  document: ViewDocument,
): readonly ViewNode[] {
  return conditions.reduce((left, condition) => {
    const size = left.length
    return left.filter((node, index) => holds(condition, { node, position: index + 1, size }, document))
  }, nodes)
}

/** A number is a position. */
function holds({ run }: XPathPart, context: XPathContext, document: ViewDocument): boolean {
  const value = run(context, document)
  return typeof value === 'number' ? value === context.position : toBoolean(value)
}
