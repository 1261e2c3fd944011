import { tagLength, tagStart } from '../event/frame.js'
import { shortest } from './anchor.js'
import type { Matcher } from './matcher.js'

/**
 * Finds the values whose matcher matches a frame without testing every matcher: a radix trie over the bytes
 * of the literal tag prefixes leads to the candidates. Matchers without a literal prefix are at the root and
 * are tested for every frame.
 *
 * @example
 * import { encode, encodeFrame } from 'tocsin/event'
 * const index = new SubscriptionIndex<string>()
 * index.add(compileFilter(parseFilter('host/'), { typeOf: () => 'tocsin.event' }), 'dashboard')
 * const found: string[] = []
 * index.match(encodeFrame({ tag: 'host/web1/load', body: encode(0.5) }), 0, found) // 1
 * found // ['dashboard']
 */
export class SubscriptionIndex<T> {
  readonly #root = makeNode<T>(undefined, nothing, 0, 0)
  readonly #slots = new Map<T, Slot<T>>()
  #round = 0

  /** Number of distinct values. */
  get size(): number {
    return this.#slots.size
  }

  /** Adds a value. The same value may be added under several matchers. */
  add(matcher: Matcher, value: T): void {
    const slot = this.#slotOf(value)
    if (slot.entries.some((entry) => entry.matcher === matcher)) return
    for (const node of this.#nodesOf(matcher)) {
      const entry = { matcher, alwaysMatches: matcher.exact, slot, node, at: node.entries.length }
      if (node.entries.length === 0) node.entries = [entry]
      else node.entries.push(entry)
      slot.entries.push(entry)
    }
  }

  #nodesOf({ prefixes }: Matcher): Node<T>[] {
    if (prefixes === undefined) return [this.#root]
    // A matcher that matches nothing is kept where no tag leads to.
    if (prefixes.length === 0) return [makeNode(undefined, nothing, 0, 0)]
    return shortest(prefixes).map((prefix) => reach(this.#root, toBytes(prefix)))
  }

  #slotOf(value: T): Slot<T> {
    const known = this.#slots.get(value)
    if (known !== undefined) return known
    const slot: Slot<T> = { value, round: 0, entries: [] }
    this.#slots.set(value, slot)
    return slot
  }

  /** Returns false if the value is not there under this matcher. */
  remove(matcher: Matcher, value: T): boolean {
    const slot = this.#slots.get(value)
    if (slot === undefined) return false
    const left = slot.entries.filter((entry) => entry.matcher !== matcher)
    if (left.length === slot.entries.length) return false
    for (const entry of slot.entries) if (entry.matcher === matcher) removeEntry(entry)
    slot.entries = left
    if (left.length === 0) this.#slots.delete(value)
    return true
  }

  /**
   * Writes each matching value once to the beginning of `out`, in no particular order, and returns their
   * number. The rest of `out` stays as it is.
   */
  match(bytes: Uint8Array, at: number, out: T[]): number {
    const round = ++this.#round
    let count = 0
    let position = tagStart(bytes, at)
    const end = position + tagLength(bytes, at)
    let node: Node<T> | undefined = this.#root
    for (;;) {
      const entries: Entry<T>[] = node.entries
      for (let i = 0; i < entries.length; i++) {
        const entry = entries[i]
        const slot = entry.slot
        if (slot.round === round || !(entry.alwaysMatches || entry.matcher.matches(bytes, at))) continue
        slot.round = round
        out[count++] = slot.value
      }
      if (position === end) return count
      node = childOf(node, bytes[position])
      if (node === undefined || !leadsOn(node, bytes, position, end)) return count
      position += node.to - node.from
    }
  }
}

interface Slot<T> {
  readonly value: T
  /** The last call of `match` that found this value. */
  round: number
  entries: Entry<T>[]
}

interface Entry<T> {
  readonly matcher: Matcher
  readonly alwaysMatches: boolean
  readonly slot: Slot<T>
  node: Node<T>
  /** The index in `node.entries`. */
  at: number
}

/**
 * `label[from, to)` leads here from the parent, and siblings differ in its first byte. The label is a whole
 * prefix that passes through the node, so that [0, from) is the path from the root to the parent.
 */
interface Node<T> {
  parent: Node<T> | undefined
  label: Uint8Array
  from: number
  to: number
  /** The first byte of each child's label. */
  keys: number[]
  children: Node<T>[]
  entries: Entry<T>[]
}

const utf8 = new TextEncoder()
const nothing = new Uint8Array(0)

/** The bytes are copied, since the encoder's own array takes several times the memory of a small one. */
function toBytes(prefix: string): Uint8Array {
  return utf8.encode(prefix).slice()
}

// Most nodes are leaves, and most inner nodes have no entries. They share these arrays, which are never
// written to.
const noKeys: number[] = []
const noNodes: never[] = []

function makeNode<T>(parent: Node<T> | undefined, label: Uint8Array, from: number, to: number): Node<T> {
  return { parent, label, from, to, keys: noKeys, children: noNodes, entries: noNodes }
}

function childOf<T>(node: Node<T>, key: number): Node<T> | undefined {
  const keys = node.keys
  for (let i = 0; i < keys.length; i++) if (keys[i] === key) return node.children[i]
  return undefined
}

/** Returns whether the label continues at the offset. Its first byte is known to match. */
function leadsOn<T>(node: Node<T>, bytes: Uint8Array, position: number, end: number): boolean {
  const { label, from, to } = node
  if (to - from > end - position) return false
  for (let i = from + 1, at = position + 1; i < to; i++, at++) if (label[i] !== bytes[at]) return false
  return true
}

/** The node of a prefix. It is created if it does not exist. */
function reach<T>(root: Node<T>, prefix: Uint8Array): Node<T> {
  let node = root
  let position = 0
  while (position < prefix.length) {
    const child = childOf(node, prefix[position])
    if (child === undefined) return addChild(node, makeNode(node, prefix, position, prefix.length))
    const shared = sharedLength(child, prefix, position)
    position += shared
    node = shared === child.to - child.from ? child : split(child, shared)
  }
  return node
}

function sharedLength<T>(node: Node<T>, prefix: Uint8Array, position: number): number {
  const most = Math.min(node.to - node.from, prefix.length - position)
  let shared = 1
  while (shared < most && node.label[node.from + shared] === prefix[position + shared]) shared++
  return shared
}

function addChild<T>(node: Node<T>, child: Node<T>): Node<T> {
  const key = child.label[child.from]
  if (node.keys.length === 0) {
    node.keys = [key]
    node.children = [child]
  } else {
    node.keys.push(key)
    node.children.push(child)
  }
  return child
}

/** Inserts a node in the middle of the label and returns it. */
function split<T>(node: Node<T>, length: number): Node<T> {
  const middle = makeNode(node.parent, node.label, node.from, node.from + length)
  const siblings = node.parent!.children
  siblings[siblings.indexOf(node)] = middle
  node.from += length
  node.parent = middle
  addChild(middle, node)
  return middle
}

function removeEntry<T>(entry: Entry<T>): void {
  const { node } = entry
  const last = node.entries.pop()!
  if (last !== entry) {
    last.at = entry.at
    node.entries[entry.at] = last
  }
  if (node.entries.length === 0) {
    node.entries = noNodes
    tidy(node)
  }
}

/** Removes a node that leads nowhere, and joins one that has a single child. */
function tidy<T>(node: Node<T>): void {
  const { parent } = node
  if (parent === undefined || node.entries.length > 0 || node.children.length > 1) return
  if (node.children.length === 1) join(node, node.children[0])
  else {
    removeChild(parent, node)
    tidy(parent)
  }
}

function join<T>(node: Node<T>, child: Node<T>): void {
  child.from = node.from
  child.parent = node.parent
  const siblings = node.parent!.children
  siblings[siblings.indexOf(node)] = child
}

function removeChild<T>(node: Node<T>, child: Node<T>): void {
  const at = node.children.indexOf(child)
  const key = node.keys.pop()!
  const last = node.children.pop()!
  if (last !== child) {
    node.keys[at] = key
    node.children[at] = last
  }
  if (node.children.length === 0) {
    node.keys = noKeys
    node.children = noNodes
  }
}
