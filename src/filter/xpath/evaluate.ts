import type { Expression, Operator, Path, Step } from './ast.js'
import { numberOf } from './number.js'
import { parseSimple } from './parse.js'
import { type Content, type EventView, keyOf, someChild, textOf } from './view.js'

/** The XPath expression as a test of events; undefined if it is not simple. */
export function compileSimple(expression: string): SimpleXPath | undefined {
  const parsed = parseSimple(expression)
  return parsed === undefined ? undefined : new SimpleXPath(parsed)
}

/** Elements that one evaluation visits at most; a millisecond or so. */
const MAX_VISITS = 20_000

export class SimpleXPath {
  readonly #expression: Expression
  #visits = 0

  constructor(expression: Expression) {
    this.#expression = expression
  }

  /** Returns whether the event matches; undefined if it has too many elements to find out here. */
  matches(event: EventView): boolean | undefined {
    this.#visits = 0
    try {
      return this.#test(this.#expression, new Document(event))
    } catch (error) {
      if (error === tooMany) return undefined
      throw error
    }
  }

  #test(expression: Expression, node: Node): boolean {
    switch (expression.is) {
      case 'and':
        return expression.of.every((part) => this.#test(part, node))
      case 'or':
        return expression.of.some((part) => this.#test(part, node))
      case 'not':
        return !this.#test(expression.of, node)
      case 'boolean':
        return expression.value
      case 'exists':
        return this.#some(expression.path, node, () => true)
      case 'compare': {
        const { operator, value } = expression
        return this.#some(expression.path, node, (found) => compares(found, operator, value))
      }
      case 'text':
        return this.#textTest(expression, node)
    }
  }

  /** If there are several elements, the first one counts. */
  #textTest({ test, path, text }: Expression & { is: 'text' }, node: Node): boolean {
    let value = ''
    this.#some(path, node, (found) => {
      value = found.text
      return true
    })
    if (test === 'contains') return value.includes(text)
    return test === 'starts-with' ? value.startsWith(text) : value.endsWith(text)
  }

  #some({ steps, attribute }: Path, node: Node, accept: (found: Node) => boolean): boolean {
    const last = (found: Node): boolean => {
      if (attribute === undefined) return accept(found)
      const value = found.attribute(attribute)
      return value !== undefined && accept(new Element(value))
    }
    return this.#walk(steps, 0, node, last)
  }

  #walk(steps: readonly Step[], index: number, node: Node, accept: (found: Node) => boolean): boolean {
    if (index === steps.length) return accept(node)
    const { name, tests } = steps[index]
    return node.someChild(name, (child) => {
      if (++this.#visits > MAX_VISITS) throw tooMany
      return tests.every((test) => this.#test(test, child)) && this.#walk(steps, index + 1, child, accept)
    })
  }
}

const tooMany = new Error('too many elements')

interface Node {
  readonly text: string
  someChild(name: string | undefined, found: (child: Node) => boolean): boolean
  attribute(name: string): string | undefined
}

class Document implements Node {
  readonly #event: EventView

  constructor(event: EventView) {
    this.#event = event
  }

  get text(): string {
    return textOf(this.#event.data)
  }

  someChild(name: string | undefined, found: (child: Node) => boolean): boolean {
    const event = this.#event
    if (name !== undefined && keyOf(name) !== event.type) return false
    return found(new Element(event.data, event.attributes))
  }

  attribute(): undefined {
    return undefined
  }
}

class Element implements Node {
  readonly #content: Content
  readonly #attributes: Readonly<Record<string, string>> | undefined

  constructor(content: Content, attributes?: Readonly<Record<string, string>>) {
    this.#content = content
    this.#attributes = attributes
  }

  get text(): string {
    return textOf(this.#content)
  }

  someChild(name: string | undefined, found: (child: Node) => boolean): boolean {
    return someChild(this.#content, name, (content) => found(new Element(content)))
  }

  attribute(name: string): string | undefined {
    const attributes = this.#attributes
    return attributes !== undefined && Object.hasOwn(attributes, name) ? attributes[name] : undefined
  }
}

function compares(node: Node, operator: Operator, value: string | number): boolean {
  const { text } = node
  if (typeof value === 'string') return (text === value) === (operator === '=')
  const number = numberOf(text)
  switch (operator) {
    case '=':
      return number === value
    case '!=':
      return number !== value
    case '<':
      return number < value
    case '<=':
      return number <= value
    case '>':
      return number > value
    case '>=':
      return number >= value
  }
}
