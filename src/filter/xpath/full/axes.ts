import type { NodeKind, ViewDocument, ViewNode } from './nodes.js'

export interface Axis {
  /** The nodes of the axis in its own order: away from the node. */
  readonly nodes: (node: ViewNode, document: ViewDocument) => ViewNode[]
  /** The kind of nodes that a name or `*` selects. */
  readonly principal: NodeKind
}

/** The axes of XPath 1.0, section 2.2. There are no namespaces, so that their axis is empty. */
export const AXES: ReadonlyMap<string, Axis> = new Map(
  Object.entries({
    self: (node) => [node],
    child: (node) => node.children,
    parent: ({ parent }) => (parent === undefined ? [] : [parent]),
    ancestor: ancestors,
    'ancestor-or-self': (node) => [node, ...ancestors(node)],
    descendant: ({ order, end, kind }, { nodes }) =>
      kind === 'attribute' ? [] : nodes.slice(order + 1, end + 1),
    'descendant-or-self': (node, { nodes }) =>
      node.kind === 'attribute' ? [node] : nodes.slice(node.order, node.end + 1),
    following: ({ end }, { nodes }) => nodes.slice(Math.floor(end) + 1),
    'following-sibling': (node) => siblings(node, 1),
    preceding: (node, { nodes }) => {
      const around = new Set(ancestors(node))
      const before = nodes.slice(0, Math.ceil(node.order)).filter((each) => !around.has(each))
      return before.reverse()
    },
    'preceding-sibling': (node) => siblings(node, -1),
    attribute: ({ attributes }) => attributes,
    namespace: () => [],
  } satisfies Record<string, Axis['nodes']>).map(([name, nodes]) => [
    name,
    { nodes, principal: name === 'attribute' ? 'attribute' : 'element' },
  ]),
)

function ancestors(node: ViewNode): ViewNode[] {
  const found: ViewNode[] = []
  for (let { parent } = node; parent !== undefined; parent = parent.parent) found.push(parent)
  return found
}

function siblings(node: ViewNode, direction: 1 | -1): ViewNode[] {
  const { parent, kind } = node
  if (parent === undefined || kind === 'attribute') return []
  const at = parent.children.indexOf(node)
  return direction === 1 ? parent.children.slice(at + 1) : parent.children.slice(0, at).reverse()
}
