import { tokenize, type XPathToken } from '../tokens.js'
import { AXES } from './axes.js'
import type { NodeKind } from './nodes.js'
import { binary, call, type LocationStep, literal, path, union, type XPathPart } from './parts.js'

/** Parentheses and conditions in each other. */
const MAX_DEPTH = 100
/** From the operators that bind least. */
const LEVELS: readonly (readonly string[])[] = [
  ['or'],
  ['and'],
  ['=', '!='],
  ['<', '<=', '>', '>='],
  ['+', '-'],
  ['*', 'div', 'mod'],
]
/** The view of an event has neither comments nor processing instructions. */
const NODE_TYPES = new Map<string, LocationStep['selects']>([
  ['node', () => true],
  ['text', ({ kind }) => kind === 'text'],
  ['comment', () => false],
  ['processing-instruction', () => false],
])
const ANY_BELOW: LocationStep = { axis: axisOf('descendant-or-self'), selects: () => true, conditions: [] }

/** Reads an expression of XPath 1.0. Throws an Error that says why it is not valid. */
export function parse(expression: string): XPathPart {
  return new XPathParser(tokenize(expression)).parse()
}

class XPathParser {
  readonly #tokens: readonly XPathToken[]
  #next = 0
  #depth = 0

  constructor(tokens: readonly XPathToken[]) {
    this.#tokens = tokens
  }

  parse(): XPathPart {
    const part = this.#expression()
    if (this.#next < this.#tokens.length) throw this.#unexpected()
    return part
  }

  #expression(): XPathPart {
    if (++this.#depth > MAX_DEPTH) throw new Error(`parts are more than ${MAX_DEPTH} deep in each other`)
    const part = this.#level(0)
    this.#depth--
    return part
  }

  #level(level: number): XPathPart {
    if (level === LEVELS.length) return this.#unary()
    let part = this.#level(level + 1)
    for (let by = this.#takesOneOf(LEVELS[level]); by !== undefined; by = this.#takesOneOf(LEVELS[level]))
      part = binary(part, by, this.#level(level + 1))
    return part
  }

  #unary(): XPathPart {
    let signs = 0
    while (this.#takes('-')) signs++
    const part = this.#union()
    if (signs === 0) return part
    const negative = binary(literal(0), '-', part)
    return signs % 2 === 1 ? negative : binary(literal(0), '-', negative)
  }

  #union(): XPathPart {
    let part = this.#path()
    while (this.#takes('|')) part = union(part, this.#path())
    return part
  }

  #path(): XPathPart {
    if (!this.#isPrimary()) return this.#locationPath()
    const primary = this.#primary()
    const conditions = this.#conditions()
    const steps = this.#sees('/') || this.#sees('//') ? this.#furtherSteps() : []
    return conditions.length + steps.length === 0 ? primary : path(primary, conditions, steps)
  }

  #locationPath(): XPathPart {
    if (this.#sees('//')) return path('document', [], this.#furtherSteps())
    if (this.#takes('/')) return path('document', [], this.#isStep() ? this.#steps() : [])
    return path('node', [], this.#steps())
  }

  #steps(): LocationStep[] {
    return [this.#step(), ...this.#furtherSteps()]
  }

  #furtherSteps(): LocationStep[] {
    const steps: LocationStep[] = []
    for (let by = this.#takesOneOf(['/', '//']); by !== undefined; by = this.#takesOneOf(['/', '//'])) {
      if (by === '//') steps.push(ANY_BELOW)
      steps.push(this.#step())
    }
    return steps
  }

  #step(): LocationStep {
    if (this.#takes('.')) return { axis: axisOf('self'), selects: () => true, conditions: [] }
    if (this.#takes('..')) return { axis: axisOf('parent'), selects: () => true, conditions: [] }
    const axis = axisOf(this.#axisName())
    const selects = this.#nodeTest(axis.principal)
    return { axis, selects, conditions: this.#conditions() }
  }

  #axisName(): string {
    if (this.#takes('@')) return 'attribute'
    if (this.#tokens[this.#next + 1]?.text !== '::') return 'child'
    const name = this.#name()
    this.#expect('::')
    return name
  }

  #nodeTest(principal: NodeKind): LocationStep['selects'] {
    if (this.#takes('*')) return ({ kind }) => kind === principal
    const name = this.#name()
    if (!this.#takes('(')) return nameTest(name, principal)
    const selects = NODE_TYPES.get(name)
    if (selects === undefined) throw new Error(`there is no kind of node ${name}()`)
    if (name === 'processing-instruction' && !this.#sees(')')) this.#text()
    this.#expect(')')
    return selects
  }

  #conditions(): XPathPart[] {
    const conditions: XPathPart[] = []
    while (this.#takes('[')) {
      conditions.push(this.#expression())
      this.#expect(']')
    }
    return conditions
  }

  #primary(): XPathPart {
    if (this.#takes('(')) {
      const part = this.#expression()
      this.#expect(')')
      return part
    }
    if (this.#sees('$')) throw new Error('an expression cannot have variables')
    const token = this.#take()
    if (token.is === 'text') return literal(token.text.slice(1, -1))
    return token.is === 'number' ? literal(Number(token.text)) : this.#call(token.text)
  }

  #call(name: string): XPathPart {
    const given: XPathPart[] = []
    this.#expect('(')
    while (!this.#takes(')')) {
      if (given.length > 0) this.#expect(',')
      given.push(this.#expression())
    }
    return call(name, given)
  }

  /** Anything else begins a location path. */
  #isPrimary(): boolean {
    const [token, after] = this.#tokens.slice(this.#next, this.#next + 2)
    if (token === undefined) throw new Error('the expression is not complete')
    if (token.is === 'text' || token.is === 'number') return true
    if (token.is === 'symbol') return token.text === '(' || token.text === '$'
    return after?.text === '(' && !NODE_TYPES.has(token.text)
  }

  #isStep(): boolean {
    const token = this.#tokens[this.#next]
    return token?.is === 'name' || ['.', '..', '@', '*'].includes(token?.text ?? '')
  }

  #name(): string {
    const token = this.#take()
    if (token.is !== 'name') throw this.#unexpected(token)
    return token.text
  }

  #text(): void {
    const token = this.#take()
    if (token.is !== 'text') throw this.#unexpected(token)
  }

  #take(): XPathToken {
    const token = this.#tokens[this.#next++]
    if (token === undefined) throw this.#unexpected()
    return token
  }

  /** Names of operators are names. */
  #sees(text: string): boolean {
    const token = this.#tokens[this.#next]
    return token?.text === text && token.is !== 'text'
  }

  #takes(text: string): boolean {
    const sees = this.#sees(text)
    if (sees) this.#next++
    return sees
  }

  #takesOneOf(texts: readonly string[]): string | undefined {
    return texts.find((text) => this.#takes(text))
  }

  #expect(text: string): void {
    if (!this.#takes(text)) throw this.#unexpected()
  }

  #unexpected(token = this.#tokens[this.#next]): Error {
    return new Error(
      token === undefined ? 'the expression is not complete' : `${token.text} is not expected there`,
    )
  }
}

function axisOf(name: string): LocationStep['axis'] {
  const axis = AXES.get(name)
  if (axis === undefined) throw new Error(`there is no axis ${name}`)
  return axis
}

/** A prefix means nothing: the view of an event has no namespaces. */
function nameTest(name: string, principal: NodeKind): LocationStep['selects'] {
  const local = name.slice(name.indexOf(':') + 1)
  return local === '*'
    ? ({ kind }) => kind === principal
    : (node) => node.kind === principal && node.name === local
}
