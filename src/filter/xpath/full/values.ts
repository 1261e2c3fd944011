import { numberOf } from '../number.js'
import type { ViewNode } from './nodes.js'

/** A set of nodes is in the order of the document. */
export type XPathValue = string | number | boolean | readonly ViewNode[]
export type XPathComparison = '=' | '!=' | '<' | '<=' | '>' | '>='

export function toText(value: XPathValue): string {
  if (typeof value === 'object') return value[0]?.text ?? ''
  return typeof value === 'number' ? numberText(value) : String(value)
}

export function toNumber(value: XPathValue): number {
  if (typeof value === 'number') return value
  return typeof value === 'boolean' ? Number(value) : numberOf(toText(value))
}

export function toBoolean(value: XPathValue): boolean {
  return typeof value === 'object' ? value.length > 0 : Boolean(value)
}

/** XPath 1.0, section 3.4: if one is a set, one of its nodes must compare so. */
export function compare(one: XPathValue, by: XPathComparison, other: XPathValue): boolean {
  if (typeof one === 'boolean' || typeof other === 'boolean') {
    if (isEquality(by)) return compareScalars(toBoolean(one), by, toBoolean(other))
    if (typeof one === 'boolean' && typeof other === 'boolean')
      return compareNumbers(Number(one), by, Number(other))
    const [first, second] = [one, other].map((value) =>
      typeof value === 'object' ? toBoolean(value) : value,
    )
    return compareNumbers(toNumber(first), by, toNumber(second))
  }
  if (typeof one === 'object') return one.some(({ text }) => compareText(text, by, other))
  if (typeof other === 'object') return other.some(({ text }) => compareScalars(one, by, text))
  return compareScalars(one, by, other)
}

function compareText(text: string, by: XPathComparison, other: Exclude<XPathValue, boolean>): boolean {
  if (typeof other === 'object') return other.some((node) => compareScalars(text, by, node.text))
  return compareScalars(text, by, other)
}

function compareScalars(
  one: string | number | boolean,
  by: XPathComparison,
  other: string | number | boolean,
): boolean {
  if (!isEquality(by)) return compareNumbers(toNumber(one), by, toNumber(other))
  const isOfNumber = typeof one === 'number' || typeof other === 'number'
  const isEqual = isOfNumber ? toNumber(one) === toNumber(other) : one === other
  return isEqual === (by === '=')
}

function compareNumbers(one: number, by: XPathComparison, other: number): boolean {
  switch (by) {
    case '<':
      return one < other
    case '<=':
      return one <= other
    case '>':
      return one > other
    default:
      return one >= other
  }
}

function isEquality(by: XPathComparison): boolean {
  return by === '=' || by === '!='
}

/** Without an exponent, as section 4.2 has it. */
function numberText(value: number): string {
  const text = String(value === 0 ? 0 : value)
  const [digits, exponent] = text.split('e')
  return exponent === undefined ? text : withoutExponent(digits, Number(exponent))
}

function withoutExponent(digits: string, exponent: number): string {
  const sign = digits.startsWith('-') ? '-' : ''
  const [whole, fraction = ''] = digits.replace('-', '').split('.')
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${whole}${fraction}`
  return `${sign}${whole}${fraction.padEnd(exponent, '0')}`
}
