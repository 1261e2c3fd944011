import { copyBytes } from '../../../event/copy-bytes.js'
import { tagLength, tagStart } from '../../../event/frame.js'
import { readText } from '../../../event/msgpack/generated-code.js'
import { filterText } from '../../output/filter-text.js'

/** Number of prefixes that are counted separately; all others are counted together. */
const MAX_PREFIXES = 1000
const SLASH = 0x2f
/** Weight of the rate one second ago; rates average over about ten seconds. */
const DECAY_PER_SECOND = 0.9

export interface TagRate {
  prefix: string
  perSecond: number
  total: number
}

/** The orders in which the tags are sorted. */
export const tagOrders = ['rate', 'count', 'name'] as const
export type TagOrder = (typeof tagOrders)[number]

const OTHERS = '(others)'

/** The filter for the tags of a row; undefined for the row of all others. */
export function filterOfPrefix(prefix: string): string | undefined {
  return prefix === OTHERS ? undefined : filterText(JSON.stringify({ prefix: { tag: prefix } }))
}

const comparisons: Record<TagOrder, (a: TagRate, b: TagRate) => number> = {
  rate: (a, b) => b.perSecond - a.perSecond || b.total - a.total || byName(a, b),
  count: (a, b) => b.total - a.total || byName(a, b),
  name: byName,
}

function byName(a: TagRate, b: TagRate): number {
  return a.prefix < b.prefix ? -1 : 1
}

interface Entry {
  bytes: Uint8Array
  prefix: string
  fresh: number
  total: number
  perSecond: number
  ticks: number
}

/** Counts events by the first two segments of their tags, without creating objects for events. */
export class TagRates {
  readonly #entries = new Map<number, Entry>()
  readonly #others: Entry = {
    bytes: new Uint8Array(0),
    prefix: OTHERS,
    fresh: 0,
    total: 0,
    perSecond: 0,
    ticks: 0,
  }

  /** A past event is seen, but no part of the rate. */
  count(bytes: Uint8Array, at: number, isPast = false): void {
    const start = tagStart(bytes, at)
    const end = prefixEnd(bytes, start, start + tagLength(bytes, at))
    const entry = this.#entry(bytes, start, end)
    if (!isPast) entry.fresh++
    entry.total++
  }

  /** Turns the counts since the last call into rates. */
  tick(seconds: number): void {
    const usual = 1 - DECAY_PER_SECOND ** seconds
    for (const entry of [...this.#entries.values(), this.#others]) {
      // The first ticks have equal weight, so that a new prefix shows its rate at once.
      entry.ticks++
      entry.perSecond += (entry.fresh / seconds - entry.perSecond) * Math.max(usual, 1 / entry.ticks)
      if (entry.perSecond < 0.005) entry.perSecond = 0
      entry.fresh = 0
    }
  }

  list(order: TagOrder = 'rate'): TagRate[] {
    const entries = [...this.#entries.values(), this.#others].filter(({ total }) => total > 0)
    return entries
      .map(({ prefix, perSecond, total }) => ({ prefix, perSecond, total }))
      .sort(comparisons[order])
  }

  clear(): void {
    this.#entries.clear()
    this.#others.total = 0
    this.#others.fresh = 0
  }

  #entry(bytes: Uint8Array, start: number, end: number): Entry {
    let key = hash(bytes, start, end)
    let entry = this.#entries.get(key)
    while (entry !== undefined && !isSame(entry.bytes, bytes, start, end)) {
      key = (key + 1) >>> 0
      entry = this.#entries.get(key)
    }
    if (entry !== undefined) return entry
    if (this.#entries.size >= MAX_PREFIXES) return this.#others
    const made = {
      bytes: copyBytes(bytes, start, end),
      prefix: readText(bytes, start, end),
      fresh: 0,
      total: 0,
      perSecond: 0,
      ticks: 0,
    }
    this.#entries.set(key, made)
    return made
  }
}

function prefixEnd(bytes: Uint8Array, start: number, end: number): number {
  let slashes = 0
  for (let at = start; at < end; at++) if (bytes[at] === SLASH && ++slashes === 2) return at
  return end
}

function hash(bytes: Uint8Array, start: number, end: number): number {
  let value = end - start
  for (let at = start; at < end; at++) value = (Math.imul(value, 31) + bytes[at]) | 0
  return value >>> 0
}

function isSame(known: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (known.length !== end - start) return false
  for (let at = 0; at < known.length; at++) if (known[at] !== bytes[start + at]) return false
  return true
}
