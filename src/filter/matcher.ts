import type { SeverityName } from '../event/severity.js'
import { areApart, intersectPrefixes } from './anchor.js'
import type { NeededTokens } from './tokens/needed.js'

/**
 * Gives the type of an event. The type registry implements it; it is passed in so that filters do not depend
 * on the registry.
 */
export type TypeOf = (tag: string) => string

/** The knowledge about the hub that filters need. */
export interface CompileOptions {
  /** Used only by filters on `type`, for events that do not carry one. */
  readonly typeOf: TypeOf
  /** The same for a tag in a range of UTF-8 bytes, which saves decoding it. */
  readonly typeOfBytes?: TypeOfBytes
  /** Attributes that the types of events tell. Without it, only those that events carry are known. */
  readonly derived?: DerivedAttributes
  /** Epoch of the log, which is part of an event's id. Used only by filters on `id` or `cursor`. */
  readonly epoch?: () => string
}

/** Reads an attribute of the frame at an offset; undefined if the event has none. */
export type ReadDerived<Value extends string = string> = (bytes: Uint8Array, at: number) => Value | undefined

/** The attributes that an event has by its type, or because it carries them. */
export interface DerivedAttributes {
  readonly severity: ReadDerived<SeverityName>
  readonly host: ReadDerived
  /** Says in words what an attribute was read from; undefined if the event has none. */
  readonly originOf?: (name: 'severity' | 'host', bytes: Uint8Array, at: number) => string | undefined
}

export type TypeOfBytes = (bytes: Uint8Array, start: number, end: number) => string

/** Returns false if no frame in a range of bytes can match, which takes less time than to look at each. */
export type RangeTest = (bytes: Uint8Array, start: number, end: number) => boolean

/** A compiled filter. It is pure: the same frame always gives the same answer. */
export interface Matcher {
  /** Canonical text of the filter. Two filters with the same key match the same events. */
  readonly key: string
  /** True if the filter matches every event. */
  readonly all: boolean
  /**
   * Literal tag prefixes; every matching event is under at least one of them. Undefined if there are no such
   * prefixes ("unanchored"), so that every event must be tested.
   */
  readonly prefixes: readonly string[] | undefined
  /** True if every event under one of `prefixes` matches, so that the index alone gives the answer. */
  readonly exact: boolean
  /**
   * The cost of a test, see cost.ts; 0 if the index alone gives the answer. Like `unanchored`, it is about the filter
   * that was asked for: rights that restrict it are not counted.
   */
  readonly cost: number
  /**
   * True if a test may look for fields of the body, the longer the body the longer. Rights that restrict the filter are
   * counted.
   */
  readonly searchesBody: boolean
  /** True if the filter itself names no literal tag prefix. */
  readonly unanchored: boolean
  /** A simpler matcher that gives the same answer for all events but those under the prefixes. */
  readonly outside?: { readonly prefixes: readonly string[] | undefined; readonly matcher: Matcher }
  /** Absent if nothing is known without looking at each frame. */
  readonly mayMatch?: RangeTest | undefined
  /** The tokens that each matching event has, if any are known; made when they are first asked for. */
  readonly needed?: (() => NeededTokens | undefined) | undefined
  /** Rights within which the filter applies: who asks may learn nothing of events that they do not match. */
  readonly within?: readonly Matcher[]
  /** Tests the frame at offset `at` of `bytes`, which must have passed `checkFrame`. */
  matches(bytes: Uint8Array, at: number): boolean
}

/**
 * Matches events that match both, such as a subscriber's filter within its rights.
 *
 * @example
 * const options = { typeOf: () => 'tocsin.event' }
 * const [asked, right] = ['salt/', 'salt/job/'].map((text) => compileFilter(parseFilter(text), options))
 * intersect(asked, right).prefixes // ['salt/job/']
 */
export function intersect(filter: Matcher, rights: Matcher): Matcher {
  if (rights.all) return filter
  const { outside } = rights
  if (outside !== undefined && areApart(filter.prefixes, outside.prefixes))
    return { ...intersect(filter, outside.matcher), within: withinBoth(filter, rights) }
  if (filter.all) return rights
  return {
    key: `${filter.key} & ${rights.key}`,
    all: false,
    ...intersectPrefixes(filter, rights),
    cost: filter.cost,
    searchesBody: filter.searchesBody || rights.searchesBody,
    unanchored: filter.unanchored,
    mayMatch: filter.mayMatch ?? rights.mayMatch,
    needed: filter.needed,
    within: withinBoth(filter, rights),
    ...(outside && { outside: { ...outside, matcher: intersect(filter, outside.matcher) } }),
    matches: (bytes, at) => filter.matches(bytes, at) && rights.matches(bytes, at),
  }
}

function withinBoth({ within = [] }: Matcher, rights: Matcher): readonly Matcher[] {
  return [...within, rights]
}

/**
 * Matches the events of a matcher that another one does not match.
 *
 * @example
 * import { encode, encodeFrame } from 'tocsin/event'
 * const options = { typeOf: () => 'tocsin.event' }
 * const [salt, auth] = ['salt/', 'salt/auth'].map((text) => compileFilter(parseFilter(text), options))
 * except(salt, auth).matches(encodeFrame({ tag: 'salt/auth', body: encode(1) }), 0) // false
 */
export function except(matcher: Matcher, hidden: Matcher): Matcher {
  const { prefixes } = hidden
  if (areApart(matcher.prefixes, prefixes)) return matcher
  return {
    ...matcher,
    key: `${matcher.key} & not ${hidden.key}`,
    all: false,
    exact: false,
    searchesBody: matcher.searchesBody || hidden.searchesBody,
    outside: { prefixes, matcher },
    matches: (bytes, at) => matcher.matches(bytes, at) && !hidden.matches(bytes, at),
  }
}
