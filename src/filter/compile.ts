import { frameKind, MAX_TAG_BYTES, sourceLength, sourceStart, tagLength, tagStart } from '../event/frame.js'
import { compilePath, kindAt, numberAt, scalarAt, textLength, textStart } from '../event/msgpack/find.js'
import { decodeUtf8 } from '../event/utf8.js'
import { anchorOf } from './anchor.js'
import { type ExactFilter, type Filter, filterKey, type Scalar, type TextFilter } from './ast.js'
import { compileSql } from './cesql/compile.js'
import { cheapestFirst, cost } from './cost.js'
import { findAttribute, parseField } from './field.js'
import { compileGrep } from './grep.js'
import { FilterLimits } from './limits.js'
import { findInBody } from './long-bodies.js'
import type { CompileOptions, Matcher, RangeTest, ReadDerived, TypeOf, TypeOfBytes } from './matcher.js'
import { derivedAttribute, neverCarried, ownAttribute } from './own-attributes.js'
import { searchesBody } from './searches-body.js'
import { compileText, type TextTest } from './text-test.js'
import type { NeededTokens } from './tokens/needed.js'
import { neededTokens } from './tokens/needed-tokens.js'

/**
 * Compiles a filter for use on frames. Tests of tag, source, kind and body allocate nothing, except for
 * regular expressions and floats; a test of `type` decodes the tag.
 *
 * @example
 * import { encode, encodeFrame } from 'tocsin/event'
 * const matcher = compileFilter(parseFilter('host/'), { typeOf: () => 'tocsin.event' })
 * matcher.matches(encodeFrame({ tag: 'host/web1/load', body: encode(0.5) }), 0) // true
 */
export function compileFilter(filter: Filter, options: CompileOptions): Matcher {
  const { prefixes, exact } = anchorOf(filter)
  const all = filter.op === 'everything'
  return {
    key: filterKey(filter),
    all,
    prefixes,
    exact,
    cost: exact ? 0 : cost(filter),
    searchesBody: !exact && searchesBody(filter),
    unanchored: prefixes === undefined,
    mayMatch: rangeTest(filter),
    needed: needed(filter),
    matches: compileTest(filter, options),
  }
}

function needed(filter: Filter): Matcher['needed'] {
  let known: { tokens: NeededTokens | undefined } | undefined
  return () => {
    known ??= { tokens: neededTokens(filter) }
    return known.tokens
  }
}

function rangeTest(filter: Filter): RangeTest | undefined {
  if (filter.op === 'grep') return compileGrep(filter).mayMatch
  if (filter.op !== 'all' && filter.op !== 'any') return undefined
  const tests = filter.of.map(rangeTest)
  const known = tests.filter((test) => test !== undefined)
  if (known.length === 0 || (filter.op === 'any' && known.length < tests.length)) return undefined
  return filter.op === 'all'
    ? (bytes, start, end) => known.every((test) => test(bytes, start, end))
    : (bytes, start, end) => known.some((test) => test(bytes, start, end))
}

/** Tests whether the frame at offset `at` matches. */
type Test = (bytes: Uint8Array, at: number) => boolean

export function compileTest(filter: Filter, options: CompileOptions): Test {
  switch (filter.op) {
    case 'everything':
      return () => true
    case 'nothing':
      return () => false
    case 'not':
      return negation(compileTest(filter.of, options))
    case 'all':
      return conjunction(cheapestFirst(filter.of).map((part) => compileTest(part, options)))
    case 'any':
      return disjunction(cheapestFirst(filter.of).map((part) => compileTest(part, options)))
    case 'grep':
      return compileGrep(filter).matches
    case 'sql':
      return compileSql(filter.expression, options, compileTest)
    case 'kind':
      return kindTest(filter.mask)
    default:
      return comparison(filter, options)
  }
}

function negation(test: Test): Test {
  return (bytes, at) => !test(bytes, at)
}

function conjunction(tests: readonly Test[]): Test {
  if (tests.length === 2) {
    const [first, second] = tests
    return (bytes, at) => first(bytes, at) && second(bytes, at)
  }
  return (bytes, at) => {
    for (let i = 0; i < tests.length; i++) if (!tests[i](bytes, at)) return false
    return true
  }
}

function disjunction(tests: readonly Test[]): Test {
  return (bytes, at) => {
    for (let i = 0; i < tests.length; i++) if (tests[i](bytes, at)) return true
    return false
  }
}

function kindTest(mask: number): Test {
  return (bytes, at) => (frameKind(bytes, at) & mask) !== 0
}

function comparison(filter: TextFilter | ExactFilter, options: CompileOptions): Test {
  const field = parseField(filter.field)
  if (filter.op === 'exact') {
    if (field.in === 'kind') return (bytes, at) => frameKind(bytes, at) === filter.value
    if (field.in === 'data' && typeof filter.value !== 'string')
      return onData(field.path, scalarTest(filter.value))
  }
  // A right may exclude tags by a pattern, so that no tag may be too long for it.
  const longest = field.in === 'tag' || field.in === 'type' ? MAX_TAG_BYTES : FilterLimits.patternedBytes
  const test = compileText(filter.op, filter.op === 'exact' ? String(filter.value) : filter.text, longest)
  switch (field.in) {
    case 'tag':
      return onTag(test)
    case 'source':
      return onSource(test)
    case 'type':
      return onType(test, options)
    case 'attribute':
      return onAttribute(field.name, test, options)
    case 'data':
      return onData(field.path, textAt(test))
    case 'kind':
      return () => false
  }
}

function onTag(test: TextTest): Test {
  return (bytes, at) => {
    const start = tagStart(bytes, at)
    return test(bytes, start, start + tagLength(bytes, at))
  }
}

function onSource(test: TextTest): Test {
  return (bytes, at) => {
    const start = sourceStart(bytes, at)
    return test(bytes, start, start + sourceLength(bytes, at))
  }
}

/** Tests whether the msgpack value at offset `at` matches. */
type ValueTest = (bytes: Uint8Array, at: number) => boolean

function textAt(test: TextTest): ValueTest {
  return (bytes, at) => {
    const length = textLength(bytes, at)
    if (length < 0) return false
    const start = textStart(bytes, at)
    return test(bytes, start, start + length)
  }
}

function scalarTest(value: Exclude<Scalar, string>): ValueTest {
  if (value === null) return (bytes, at) => bytes[at] === 0xc0
  if (typeof value === 'boolean') return (bytes, at) => bytes[at] === (value ? 0xc3 : 0xc2)
  return (bytes, at) => numberAt(bytes, at) === value
}

function onData(names: readonly string[], test: ValueTest): Test {
  const path = compilePath(names)
  return (bytes, at) => {
    const position = findInBody(bytes, at, path)
    return position >= 0 && test(bytes, position)
  }
}

function onAttribute(name: string, test: TextTest, options: CompileOptions): Test {
  const path = compilePath([name])
  const onText = textAt(test)
  const derived = derivedAttribute(name, options)
  if (derived !== undefined) return onDerived(derived, test)
  const own = ownAttribute(name, options)
  if (own !== undefined && neverCarried.has(name))
    return (bytes, at) => testString(test, String(own(bytes, at)))
  return (bytes, at) => {
    const position = findAttribute(bytes, at, path)
    if (position >= 0)
      return kindAt(bytes, position) === 'text'
        ? onText(bytes, position)
        : testString(test, String(scalarAt(bytes, position)))
    return own !== undefined && testString(test, String(own(bytes, at)))
  }
}

function onDerived(read: ReadDerived, test: TextTest): Test {
  const answer = remembered(test)
  return (bytes, at) => {
    const value = read(bytes, at)
    return value !== undefined && answer(value)
  }
}

function testString(test: TextTest, text: string): boolean {
  const bytes = utf8.encode(text)
  return test(bytes, 0, bytes.length)
}

const utf8 = new TextEncoder()
const typePath = compilePath(['type'])
function onType(test: TextTest, { typeOf, typeOfBytes = decoding(typeOf) }: CompileOptions): Test {
  const onText = textAt(test)
  const answer = remembered(test)
  return (bytes, at) => {
    const position = findAttribute(bytes, at, typePath)
    if (position >= 0 && textLength(bytes, position) >= 0) return onText(bytes, position)
    const start = tagStart(bytes, at)
    return answer(typeOfBytes(bytes, start, start + tagLength(bytes, at)))
  }
}

/** There are few types, severities and mostly hosts, but this bounds the memory whatever they are. */
const REMEMBERED_TEXTS = 1000

/** Tests each of a few texts once. */
function remembered(test: TextTest): (text: string) => boolean {
  const known = new Map<string, boolean>()
  return (text) => {
    let answer = known.get(text)
    if (answer === undefined) {
      answer = testString(test, text)
      if (known.size >= REMEMBERED_TEXTS) known.clear()
      known.set(text, answer)
    }
    return answer
  }
}

function decoding(typeOf: TypeOf): TypeOfBytes {
  return (bytes, start, end) => typeOf(decodeUtf8(bytes, start, end))
}
