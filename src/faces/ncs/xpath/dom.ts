import type { IDomFacade } from 'fontoxpath'
import { type Content, childrenOf, type EventView, elementName, ownText } from '../../../filter/xpath/view.js'

/** The XML view of an event as the nodes that an XPath engine walks. Elements are made when they are reached. */
export function documentOf(event: EventView): ViewNode {
  const document = new ViewNode(NodeType.document, '', undefined, 0)
  const root = new ViewNode(NodeType.element, elementName(event.type), document, 0, event.data)
  root.attributes = Object.entries(event.attributes).map(([name, value], index) => {
    const attribute = new ViewNode(NodeType.attribute, name, root, index)
    attribute.value = value
    return attribute
  })
  document.childNodes = [root]
  return document
}

const NodeType = { element: 1, attribute: 2, text: 3, document: 9 } as const

class ViewNode {
  readonly nodeType: number
  readonly nodeName: string
  readonly localName: string
  readonly name: string
  readonly namespaceURI = null
  readonly prefix = null
  readonly parentNode: ViewNode | undefined
  readonly index: number
  readonly #content: Content
  attributes: ViewNode[] = []
  value = ''
  #children: ViewNode[] | undefined

  constructor(
    nodeType: number,
    name: string,
    parent: ViewNode | undefined,
    index: number,
    content: Content = undefined,
  ) {
    this.nodeType = nodeType
    this.nodeName = name
    this.localName = name
    this.name = name
    this.parentNode = parent
    this.index = index
    this.#content = content
  }

  get data(): string {
    return this.value
  }

  get childNodes(): readonly ViewNode[] {
    this.#children ??= this.nodeType === NodeType.element ? this.#makeChildren() : []
    return this.#children
  }

  set childNodes(children: ViewNode[]) {
    this.#children = children
  }

  #makeChildren(): ViewNode[] {
    const children = childrenOf(this.#content)
    if (children.length > 0)
      return children.map(
        ([name, content], index) => new ViewNode(NodeType.element, name, this, index, content),
      )
    const text = ownText(this.#content)
    if (text === '') return []
    const node = new ViewNode(NodeType.text, '#text', this, 0)
    node.value = text
    return [node]
  }
}

export type { ViewNode }

const facade = {
  getAllAttributes: (node: ViewNode) => node.attributes,
  getAttribute: (node: ViewNode, name: string) =>
    node.attributes.find((attribute) => attribute.name === name)?.value ?? null,
  getChildNodes: (node: ViewNode) => node.childNodes,
  getData: (node: ViewNode) => node.value,
  getFirstChild: (node: ViewNode) => node.childNodes[0] ?? null,
  getLastChild: (node: ViewNode) => node.childNodes.at(-1) ?? null,
  getNextSibling: (node: ViewNode) => node.parentNode?.childNodes[node.index + 1] ?? null,
  getParentNode: (node: ViewNode) => node.parentNode ?? null,
  getPreviousSibling: (node: ViewNode) => node.parentNode?.childNodes[node.index - 1] ?? null,
}

/** The access of the engine to the nodes. */
export const viewFacade = facade as unknown as IDomFacade
