import { parseSimple } from '../../../filter/xpath/parse.js'
import { BASE, EVENTS, NETCONF_EVENTS, NOTIFICATION, SUBSCRIBED } from '../codec/namespaces.js'
import type { XmlElement } from '../codec/xml.js'
import { fault } from './rpc.js'

/** An element without a namespace of its own has that of the request around it. */
const around = new Set(['', BASE, NOTIFICATION, SUBSCRIBED])
const ofEvents = new Set([EVENTS, NETCONF_EVENTS])

/**
 * The subtree filter (RFC 6241, section 6) as an XPath expression that selects the same events: those of which the
 * filter leaves something. Throws TCN_NETCONF_REQUEST.
 */
export function subtreeXPath({ children }: XmlElement): string {
  const events = children.filter(({ namespace }) => around.has(namespace) || ofEvents.has(namespace))
  if (events.length === 0) return 'false()'
  return events.map((event) => `/${test(event)}`).join(' or ')
}

/** A step with its conditions, or a comparison. */
function test(element: XmlElement): string {
  const conditions = conditionsOf(element)
  return `${element.name}${conditions.map((each) => `[${each}]`).join('')}`
}

function conditionsOf({ attributes, children, text }: XmlElement): string[] {
  const marks = attributes
    .filter(({ namespace }) => namespace === '')
    .map(({ name, value }) => `@${name} = ${literal(value)}`)
  if (children.length === 0) return text.trim() === '' ? marks : [...marks, `. = ${literal(text.trim())}`]
  const matches = children.filter(isMatch)
  // Where something matches, it is left, whatever else is selected beside it.
  if (matches.length > 0)
    return [...marks, ...matches.map(({ name, text: value }) => `${name} = ${literal(value.trim())}`)]
  return [...marks, children.map(test).join(' or ')]
}

/** Content that must be the same (section 6.2.5). */
function isMatch({ children, text, attributes }: XmlElement): boolean {
  const isMarked = attributes.some(({ namespace }) => namespace === '')
  return children.length === 0 && text.trim() !== '' && !isMarked
}

function literal(text: string): string {
  if (!text.includes("'")) return `'${text}'`
  if (text.includes('"'))
    throw fault('invalid-value', 'a value in a filter has both kinds of quotation marks')
  return `"${text}"`
}

/** The parts of the data that a subtree filter selects. */
export function selected(data: readonly XmlElement[], filters: readonly XmlElement[]): XmlElement[] {
  return data.flatMap((element) => {
    const own = filters.filter((filter) => isFor(filter, element))
    const parts = own.map((filter) => part(element, filter)).filter((found) => found !== undefined)
    if (parts.length === 0) return []
    const whole = parts.find((found) => found === element)
    if (whole !== undefined) return [whole]
    const kept = new Set(parts.flatMap(({ children }) => children))
    return [{ ...element, children: [...kept] }]
  })
}

function isFor({ name, namespace }: XmlElement, element: XmlElement): boolean {
  return name === element.name && (around.has(namespace) || namespace === element.namespace)
}

function part(element: XmlElement, filter: XmlElement): XmlElement | undefined {
  if (filter.children.length === 0) {
    const text = filter.text.trim()
    return text === '' || text === element.text.trim() ? element : undefined
  }
  const matches = filter.children.filter(isMatch)
  if (matches.some((match) => selected(element.children, [match]).length === 0)) return undefined
  if (matches.length === filter.children.length) return element
  const children = selected(element.children, filter.children)
  return children.length === 0 ? undefined : { ...element, children }
}

/** The subtree filter for a path such as `/streams/stream[name='NETCONF']`. Throws TCN_NETCONF_REQUEST for any other. */
export function filterOfPath(select: string): XmlElement[] {
  const parsed = parseSimple(select)
  if (parsed?.is !== 'exists' || parsed.path.attribute !== undefined) throw notSimple()
  let inner: XmlElement[] = []
  for (const { name, tests } of [...parsed.path.steps].reverse()) {
    const matches = tests.map((each) => {
      if (each.is !== 'compare' || each.operator !== '=') throw notSimple()
      const [step, ...more] = each.path.steps
      if (step?.name === undefined || more.length > 0 || each.path.attribute !== undefined) throw notSimple()
      return element(step.name, [], String(each.value))
    })
    if (name === undefined) throw notSimple()
    inner = [element(name, [...matches, ...inner])]
  }
  return inner
}

function notSimple(): Error {
  return fault(
    'operation-not-supported',
    "data is selected by a path of names, with comparisons such as [name='NETCONF']",
  )
}

function element(name: string, children: XmlElement[], text = ''): XmlElement {
  return { name, namespace: '', attributes: [], children, text, size: 1, height: 1 }
}
