import { severityNames } from '../../event/severity.js'
import { type Filter, sql } from '../ast.js'
import { partsOf } from '../describe.js'
import { filterError } from '../errors.js'
import { checkText, FilterLimits } from '../limits.js'
import {
  BINDING,
  type Binary,
  type BinaryOperator,
  bindingOf,
  type Expression,
  type Identifier,
} from './ast.js'
import { formatExpression } from './format.js'
import { findFunction } from './functions.js'
import { type Fail, failureIn, type Token, tokenize } from './lexer.js'
import { isGeneralPattern } from './like.js'
import { lowerCondition } from './lower.js'
import { canonicalSeverity, isSeverity, severityComparison } from './severity.js'
import { typeOfExpression } from './types.js'
import { isInteger } from './values.js'

/** The number of operands and operators that all expressions of one filter may still contain. */
export interface NodeBudget {
  nodes: number
}

/**
 * Reads an expression of CloudEvents SQL 1.0. Throws TCN_FILTER_SYNTAX with the position, or
 * TCN_FILTER_PATTERN_TOO_LONG or _TOO_COMPLEX; `where` names the text in the filter.
 *
 *   expression ::= attribute | data-path | literal | unary | expression binary expression
 *                | expression NOT? LIKE text | expression NOT? IN ( expression, … ) | EXISTS attribute
 *                | function ( expression, … ) | ( expression )
 */
export function parseExpression(
  text: string,
  where: string,
  nodes: NodeBudget = { nodes: FilterLimits.sqlNodes },
): Expression {
  checkText(text, FilterLimits.sqlBytes, where)
  const expression = new Parser(text, where, nodes).parse()
  // The canonical text is stored, so it must be short enough to be read again.
  checkText(formatExpression(expression), FilterLimits.sqlBytes, where)
  return expression
}

/**
 * Reads an expression that can be used as a filter: its result is not known to be anything but true or false.
 */
export function parseCondition(text: string, where: string, nodes?: NodeBudget): Expression {
  const expression = parseExpression(text, where, nodes)
  const type = typeOfExpression(expression)
  if (type === undefined || type === 'boolean') return expression
  throw filterError('TCN_FILTER_SYNTAX', where, `the expression gives ${articles[type]}, never true or false`)
}

const articles = { text: 'a text', number: 'a number' }

/**
 * Reads an SQL condition as a filter and counts its parts. The condition is lowered to other filters where they
 * mean the same and their JSON form nests no deeper than `depth`.
 */
export function parseSql(
  text: string,
  where: string,
  depth: number,
  budget: NodeBudget,
): { filter: Filter; parts: number } {
  const expression = parseCondition(text, where, budget)
  const lowered = lowerCondition(expression, sql)
  const { parts, deep } = measure(lowered)
  if (deep <= depth && parts <= FilterLimits.parts / 4) return { filter: lowered, parts }
  return { filter: sql(expression), parts: 1 }
}

/** Counts parts and depth the way `parseJson` does. */
function measure(filter: Filter): { parts: number; deep: number } {
  const inner = partsOf(filter).map(measure)
  const parts = inner.reduce((sum, part) => sum + part.parts, 'field' in filter ? 2 : 1)
  return { parts, deep: inner.length === 0 ? 0 : 1 + Math.max(...inner.map(({ deep }) => deep)) }
}

class Parser {
  readonly #where: string
  readonly #fail: Fail
  readonly #tokens: readonly Token[]
  #next = 0
  #depth = 0
  readonly #budget: NodeBudget

  constructor(text: string, where: string, budget: NodeBudget) {
    this.#budget = budget
    this.#where = where
    this.#fail = failureIn(text, where)
    this.#tokens = tokenize(text, this.#fail)
  }

  parse(): Expression {
    const expression = this.#expression(0)
    if (this.#token.is !== 'end') throw this.#expected('an operator')
    return expression
  }

  /** Reads while operators bind more strongly than `least`. */
  #expression(least: number): Expression {
    if (++this.#depth > FilterLimits.sqlDepth)
      throw this.#tooComplex(`nested deeper than ${FilterLimits.sqlDepth}`)
    let left = this.#prefix()
    for (;;) {
      const after = this.#infix(left, least)
      if (after === undefined) break
      left = after
    }
    this.#depth--
    return left
  }

  #prefix(): Expression {
    const token = this.#token
    switch (token.is) {
      case 'text':
        this.#next++
        return this.#node({ is: 'literal', value: token.value })
      case 'integer':
      case 'decimal':
        return this.#number(1)
      case 'path':
        this.#next++
        return this.#node({ is: 'data', path: Object.freeze([...token.path]) })
      case 'symbol':
        if (this.#takeSymbol('(')) return this.#closed(this.#expression(0))
        if (token.text === '-' || token.text === '+') return this.#signed()
        throw this.#expected('an expression')
      case 'word':
        return this.#word(token.text)
      case 'end':
        throw this.#expected('an expression')
    }
  }

  #signed(): Expression {
    const minus = this.#takeSymbol('-')
    if (!minus) this.#next++
    if (this.#token.is === 'integer' || this.#token.is === 'decimal') return this.#number(minus ? -1 : 1)
    if (!minus) throw this.#expected('a number')
    const operand = this.#expression(BINDING.unary)
    if (operand.is === 'literal' && typeof operand.value === 'number' && isNegatable(operand.value))
      return this.#node({ is: 'literal', value: 0 - operand.value })
    return this.#node({ is: 'unary', operator: '-', operand })
  }

  #number(sign: number): Expression {
    const token = this.#token as Token & { is: 'integer' | 'decimal' }
    const value = sign * Number(token.text) + 0
    if (token.is === 'integer' && !isInteger(value))
      throw this.#expected(`an integer of 32 bits; a larger number is written ${wide(token.text)}`)
    if (token.is === 'decimal' && !/^\d{1,15}\.\d{1,6}$/.test(token.text))
      throw this.#expected('a decimal of at most 15 digits before the point and 6 after it')
    this.#next++
    return this.#node({ is: 'literal', value })
  }

  #word(text: string): Expression {
    const keyword = text.toUpperCase()
    if (this.#follows('(') && !keywords.has(keyword)) return this.#call(keyword)
    if (this.#takeKeyword('TRUE')) return this.#node({ is: 'literal', value: true })
    if (this.#takeKeyword('FALSE')) return this.#node({ is: 'literal', value: false })
    if (this.#takeKeyword('NOT'))
      return this.#node({ is: 'unary', operator: 'NOT', operand: this.#expression(BINDING.unary) })
    if (this.#takeKeyword('EXISTS')) return this.#node({ is: 'exists', of: this.#identifier() })
    if (keywords.has(keyword)) throw this.#expected('an expression')
    return this.#identifier()
  }

  #identifier(): Identifier {
    const token = this.#token
    if (token.is === 'path') {
      this.#next++
      return this.#node({ is: 'data', path: Object.freeze([...token.path]) })
    }
    if ((token.is !== 'word' && token.is !== 'integer') || !/^[a-z0-9]{1,64}$/.test(token.text))
      throw this.#expected('the name of an attribute (lower-case letters and digits) or data.<key>')
    this.#next++
    return this.#node({ is: 'attribute', name: token.text === 'subject' ? 'tag' : token.text })
  }

  #call(name: string): Expression {
    const known = findFunction(name)
    if (known === undefined) throw this.#expected('the name of a function; this one is not known')
    const at = this.#token.start
    this.#next += 2
    const given = this.#takeSymbol(')') ? [] : this.#list()
    const { least, most } = known
    if (given.length < least || given.length > most) {
      const wanted =
        most === least
          ? least
          : most === Number.POSITIVE_INFINITY
            ? `${least} or more`
            : `${least} to ${most}`
      throw this.#fail(at, `${name} takes ${wanted} arguments, not ${given.length}`)
    }
    return this.#node({ is: 'call', name, arguments: Object.freeze(given) })
  }

  #infix(left: Expression, least: number): Expression | undefined {
    const negated = this.#isKeyword('NOT') && (this.#isKeyword('LIKE', 1) || this.#isKeyword('IN', 1))
    const ahead = negated ? 1 : 0
    if (this.#isKeyword('LIKE', ahead)) {
      if (BINDING.like <= least) return undefined
      this.#next += ahead + 1
      return this.#node({ is: 'like', operand: left, pattern: this.#pattern(), negated })
    }
    if (this.#isKeyword('IN', ahead)) {
      if (BINDING.in <= least) return undefined
      this.#next += ahead + 1
      if (!this.#takeSymbol('(')) throw this.#expected('( and the values')
      const set = isSeverity(left) ? this.#list().map(canonicalSeverity) : this.#list()
      return this.#node({ is: 'in', operand: left, set: Object.freeze(set), negated })
    }
    const operator = this.#binaryOperator()
    if (operator === undefined || bindingOf(operator) <= least) return undefined
    this.#next++
    const right = this.#expression(bindingOf(operator))
    return this.#comparedSeverity({ is: 'binary', operator, left, right })
  }

  /** Severities are compared by rank, which needs no operator of its own: `severity IN ('emerg', …)`. */
  #comparedSeverity(expression: Binary): Expression {
    const compared = severityComparison(expression)
    if (compared === undefined) return this.#node(expression)
    if (compared.is === 'unknown')
      throw this.#expected(
        `a severity instead of ${JSON.stringify(compared.word)}: ${severityNames.join(', ')}`,
      )
    if (compared.is === 'order' && compared.names.length === 0)
      return this.#node({ is: 'literal', value: false })
    const operand = this.#node({ is: 'attribute', name: 'severity' } as const)
    const literal = (value: string) => this.#node({ is: 'literal', value } as const)
    if (compared.is === 'equal') {
      const { operator, name } = compared
      return this.#node({ is: 'binary', operator, left: operand, right: literal(name) })
    }
    const set = Object.freeze(compared.names.map(literal))
    return this.#node({ is: 'in', operand, set, negated: false })
  }

  #pattern(): string {
    const token = this.#token
    if (token.is !== 'text') throw this.#expected('a text in quotes as the pattern of LIKE')
    const limit = isGeneralPattern(token.value) ? FilterLimits.patternBytes : FilterLimits.literalBytes
    checkText(token.value, limit, this.#where)
    this.#next++
    return token.value
  }

  #binaryOperator(): BinaryOperator | undefined {
    const token = this.#token
    if (token.is === 'word') {
      const keyword = token.text.toUpperCase()
      return keyword === 'AND' || keyword === 'OR' || keyword === 'XOR' ? keyword : undefined
    }
    if (token.is !== 'symbol' || /[(),]/.test(token.text)) return undefined
    return token.text === '!=' ? '<>' : (token.text as BinaryOperator)
  }

  /** Reads expressions separated by commas, and the closing parenthesis. */
  #list(): Expression[] {
    const list = [this.#expression(0)]
    while (this.#takeSymbol(',')) list.push(this.#expression(0))
    this.#closed(undefined)
    return list
  }

  #closed<Inner>(inner: Inner): Inner {
    if (this.#takeSymbol(')')) return inner
    throw this.#expected('an operator or )')
  }

  get #token(): Token {
    return this.#tokens[this.#next]
  }

  #takeSymbol(text: string): boolean {
    const found = this.#token.is === 'symbol' && this.#token.text === text
    if (found) this.#next++
    return found
  }

  #follows(symbol: string): boolean {
    const token = this.#tokens[this.#next + 1]
    return token.is === 'symbol' && token.text === symbol
  }

  #isKeyword(keyword: string, ahead = 0): boolean {
    const token = this.#tokens[Math.min(this.#next + ahead, this.#tokens.length - 1)]
    return token.is === 'word' && token.text.toUpperCase() === keyword
  }

  #takeKeyword(keyword: string): boolean {
    const found = this.#isKeyword(keyword)
    if (found) this.#next++
    return found
  }

  #node<Node extends Expression>(node: Node): Node {
    if (this.#budget.nodes-- === 0) throw this.#tooComplex(`more than ${FilterLimits.sqlNodes} parts`)
    return Object.freeze(node)
  }

  #expected(what: string): Error {
    return this.#fail(this.#token.start, `expected ${what}`)
  }

  #tooComplex(message: string): Error {
    return filterError('TCN_FILTER_TOO_COMPLEX', this.#where, message)
  }
}

const keywords = new Set(['AND', 'OR', 'XOR', 'NOT', 'LIKE', 'IN', 'EXISTS', 'TRUE', 'FALSE'])

/** The smallest integer has no 32-bit opposite; negating it is a fault at evaluation. */
function isNegatable(value: number): boolean {
  return value !== -0x8000_0000
}

/**
 * Suggests how to write a larger number: up to 15 digits are exact as a decimal, and more can be compared as
 * text.
 */
function wide(digits: string): string {
  return digits.length <= 15 ? `with decimals, ${digits}.0` : `as text, '${digits.slice(0, 40)}'`
}
