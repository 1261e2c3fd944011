import type { Expression, Operator, Path, Step, TextTest } from './ast.js'
import { numberOf } from './number.js'
import { tokenize, type XPathToken } from './tokens.js'

/**
 * Reads the simple part of XPath; undefined for everything else, which only an XPath engine can judge.
 *
 *   expression ::= and { "or" and }                and ::= test { "and" test }
 *   test       ::= "(" expression ")" | "not" "(" expression ")" | "true" "(" ")" | "false" "(" ")"
 *                | ( "contains" | "starts-with" | "ends-with" ) "(" path "," text ")"
 *                | path | path comparison ( text | number ) | ( text | number ) comparison path
 *   path       ::= [ "/" ] step { "/" step } [ "/" "@" name ] | "@" name | "."
 *   step       ::= ( name | "*" ) { "[" expression "]" }
 *
 * A prefix before a name means nothing: the view of an event has no namespaces. Within `[ ]`, paths do not begin with
 * "/", since they could then walk the whole event for each of its elements.
 */
export function parseSimple(expression: string): Expression | undefined {
  const tokens = tokensOf(expression)
  if (tokens === undefined) return undefined
  try {
    return new Parser(tokens).parse()
  } catch (error) {
    if (error === notSimple) return undefined
    throw error
  }
}

/** Undefined if a part of it is no word of XPath, which the whole language reports. */
function tokensOf(expression: string): XPathToken[] | undefined {
  try {
    return tokenize(expression)
  } catch {
    return undefined
  }
}

const notSimple = new Error('not simple')
const MAX_DEPTH = 16
const COMPARISONS = new Set(['=', '!=', '<', '<=', '>', '>='])
const MIRRORED: Record<Operator, Operator> = {
  '=': '=',
  '!=': '!=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
}
const TEXT_TESTS = new Set(['contains', 'starts-with', 'ends-with'])
const HERE: Path = { steps: [] }

class Parser {
  readonly #tokens: readonly XPathToken[]
  #next = 0
  #depth = 0
  /** The number of open `[`. */
  #tests = 0

  constructor(tokens: readonly XPathToken[]) {
    this.#tokens = tokens
  }

  parse(): Expression {
    const expression = this.#any()
    if (this.#next < this.#tokens.length) throw notSimple
    return expression
  }

  #any(): Expression {
    if (++this.#depth > MAX_DEPTH) throw notSimple
    const of = [this.#all()]
    while (this.#takesWord('or')) of.push(this.#all())
    this.#depth--
    return of.length === 1 ? of[0] : { is: 'or', of }
  }

  #all(): Expression {
    const of = [this.#test()]
    while (this.#takesWord('and')) of.push(this.#test())
    return of.length === 1 ? of[0] : { is: 'and', of }
  }

  #test(): Expression {
    if (this.#takes('(')) {
      const inner = this.#any()
      this.#expect(')')
      return inner
    }
    const literal = this.#literal()
    if (literal !== undefined) {
      const operator = MIRRORED[this.#comparison() ?? fail()]
      return compare(this.#path(), operator, literal)
    }
    return this.#isCall() ? this.#call() : this.#pathTest()
  }

  #pathTest(): Expression {
    const path = this.#path()
    const operator = this.#comparison()
    if (operator === undefined) return { is: 'exists', path }
    return compare(path, operator, this.#literal() ?? fail())
  }

  #call(): Expression {
    const name = this.#name()
    this.#expect('(')
    const expression = this.#called(name)
    this.#expect(')')
    return expression
  }

  #called(name: string): Expression {
    if (name === 'not') return { is: 'not', of: this.#any() }
    if (name === 'true' || name === 'false') return { is: 'boolean', value: name === 'true' }
    if (!TEXT_TESTS.has(name)) throw notSimple
    const path = this.#path()
    this.#expect(',')
    const text = this.#literal()
    if (typeof text !== 'string') throw notSimple
    return { is: 'text', test: name as TextTest, path, text }
  }

  #path(): Path {
    if (this.#takes('.')) return HERE
    if (this.#tests > 0 && this.#sees('/')) throw notSimple
    if (this.#takes('/') && this.#next === this.#tokens.length) throw notSimple
    const steps: Step[] = []
    do {
      if (this.#takes('@')) return { steps, attribute: this.#attribute() }
      steps.push(this.#step())
    } while (this.#takes('/'))
    return { steps }
  }

  #attribute(): string {
    const name = localName(this.#name())
    return name === '*' ? fail() : name
  }

  #step(): Step {
    const local = this.#takes('*') ? '*' : localName(this.#name())
    const name = local === '*' ? undefined : local
    if (this.#sees('(') || this.#sees('::')) throw notSimple
    const tests: Expression[] = []
    while (this.#takes('[')) {
      this.#tests++
      tests.push(this.#any())
      this.#tests--
      this.#expect(']')
    }
    return { name, tests }
  }

  #literal(): string | number | undefined {
    const token = this.#tokens[this.#next]
    if (token?.is !== 'text' && token?.is !== 'number') return undefined
    this.#next++
    return token.is === 'text' ? token.text.slice(1, -1) : Number(token.text)
  }

  #comparison(): Operator | undefined {
    const token = this.#tokens[this.#next]
    if (token?.is !== 'symbol' || !COMPARISONS.has(token.text)) return undefined
    this.#next++
    return token.text as Operator
  }

  #isCall(): boolean {
    const token = this.#tokens[this.#next + 1]
    return this.#tokens[this.#next]?.is === 'name' && token?.is === 'symbol' && token.text === '('
  }

  #name(): string {
    const token = this.#tokens[this.#next]
    if (token?.is !== 'name') throw notSimple
    this.#next++
    return token.text
  }

  #sees(symbol: string): boolean {
    const token = this.#tokens[this.#next]
    return token?.is === 'symbol' && token.text === symbol
  }

  #takes(symbol: string): boolean {
    if (!this.#sees(symbol)) return false
    this.#next++
    return true
  }

  #takesWord(word: string): boolean {
    const token = this.#tokens[this.#next]
    if (token?.is !== 'name' || token.text !== word) return false
    this.#next++
    return true
  }

  #expect(symbol: string): void {
    if (!this.#takes(symbol)) throw notSimple
  }
}

/** Only equality compares texts; anything else compares numbers (XPath 1.0, section 3.4). */
function compare(path: Path, operator: Operator, value: string | number): Expression {
  const isOfText = typeof value === 'string' && operator !== '=' && operator !== '!='
  return { is: 'compare', path, operator, value: isOfText ? numberOf(value) : value }
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}

function fail(): never {
  throw notSimple
}
