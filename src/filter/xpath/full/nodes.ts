import { type Content, childrenOf, type EventView, elementName, ownText, textOf } from '../view.js'

export type NodeKind = 'document' | 'element' | 'attribute' | 'text'

/** A node of the XML view of an event. */
export class ViewNode {
  readonly kind: NodeKind
  readonly name: string
  readonly parent: ViewNode | undefined
  /** Its place among all nodes of the document. Attributes are between their element and what is in it. */
  readonly order: number
  /** Place of the last node that is in it, or its own. */
  end: number
  readonly children: ViewNode[] = []
  readonly attributes: ViewNode[] = []
  readonly #content: Content
  #text: string | undefined

  constructor(kind: NodeKind, name: string, parent: ViewNode | undefined, order: number, content: Content) {
    this.kind = kind
    this.name = name
    this.parent = parent
    this.order = order
    this.end = order
    this.#content = content
  }

  /** Its string-value: the text of an element is that of all elements in it. */
  get text(): string {
    this.#text ??= textOf(this.#content)
    return this.#text
  }
}

/** The nodes of an event without attributes, in the order of the document; the first is the document. */
export class ViewDocument {
  readonly nodes: ViewNode[] = []

  constructor({ type, attributes, data }: EventView) {
    const document = this.#add('document', '', undefined, data)
    const root = this.#addElement(elementName(type), document, data)
    const entries = Object.entries(attributes)
    for (const [index, [name, value]] of entries.entries()) {
      const order = root.order + (index + 1) / (entries.length + 1)
      root.attributes.push(new ViewNode('attribute', name, root, order, value))
    }
    document.end = root.end
  }

  #addElement(name: string, parent: ViewNode, content: Content): ViewNode {
    const element = this.#add('element', name, parent, content)
    const children = childrenOf(content)
    for (const [childName, child] of children) this.#addElement(childName, element, child)
    if (children.length === 0 && ownText(content) !== '') this.#add('text', '', element, content)
    element.end = this.nodes.length - 1
    return element
  }

  #add(kind: NodeKind, name: string, parent: ViewNode | undefined, content: Content): ViewNode {
    const node = new ViewNode(kind, name, parent, this.nodes.length, content)
    this.nodes.push(node)
    parent?.children.push(node)
    return node
  }
}

/** Puts nodes into the order of the document, each once. */
export function inOrder(nodes: ViewNode[]): ViewNode[] {
  nodes.sort((one, other) => one.order - other.order)
  return nodes.filter((node, index) => node !== nodes[index - 1])
}
