/**
 * The layout of the data file of LMDB (data version 2, 64 bits, little-endian; mdb.c of the package lmdb):
 *
 *   page    number u64 · transaction u64 · unused u16 · kind u16 · lower u16, upper u16 (or pages u32) · content
 *   meta    after the page header: magic u32 · version u32 · address u64 · map size u64 · free tree · main tree ·
 *           last page u64 · transaction u64 · boot u64
 *   tree    page size or 0 u32 · flags u16 · depth u16 · branch, leaf and overflow pages u64 · entries u64 · root u64
 *   node    size of the value u32 · flags u16 · size of the key u16 · key · value
 *           on a branch page: number of the child u48 · size of the key u16 · key
 *   value   of an overflow node: first page u64 · transaction u64 · pages u64
 */
export const PAGE_HEADER = 24
export const META_BYTES = 168
const NODE_HEADER = 8
const MAGIC = 0xbeefc0de
const PAGE_SIZES = [4096, 8192, 16_384, 32_768, 65_536]

export const BRANCH = 1
export const LEAF = 2
export const OVERFLOW = 4
const META = 8
/** All kinds of pages, also those of tables with duplicates, which are not used here. */
const KINDS = 0x7f

/** Flags of nodes. */
export const BIG = 1
export const TREE = 2

/** Flags of the free tree: keys are integers; a fixed address and encryption are not used. */
const INTEGER_KEYS = 0x08
const UNUSED_FLAGS = 0x2001

const NO_PAGE = 0xffff_ffff_ffff_ffffn
/** Trees of 16 levels do not occur. */
const MAX_DEPTH = 16

export interface Tree {
  /** Number of the root page; undefined in an empty tree. */
  root: number | undefined
  depth: number
  entries: number
}

export interface Meta {
  pageSize: number
  transaction: number
  lastPage: number
  free: Tree
  main: Tree
}

export interface Node {
  /** Offset of the key within the page. */
  key: number
  flags: number
  /** Size of the value. */
  size: number
  /** Offset of the value within the page, or of the pointer to its overflow pages: where the key ends. */
  at: number
}

/** The bytes of a page. A DataView reads numbers many times as quickly as a Buffer while a hub starts. */
export class Page {
  readonly bytes: Buffer
  readonly view: DataView

  constructor(bytes: Buffer) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  keyOf({ key, at }: Node): Buffer {
    return this.bytes.subarray(key, at)
  }
}

/** A fault of a page. */
export class PageFault extends Error {}

export function readMeta(view: DataView, nth: number): Meta {
  if (view.byteLength < META_BYTES) throw new PageFault('the file is too short')
  if (view.getUint32(24, true) !== MAGIC || view.getUint16(28, true) !== 2)
    throw new PageFault('no LMDB file')
  const flags = view.getUint16(52, true)
  const pageSize = view.getUint32(48, true)
  const meta = {
    pageSize,
    transaction: u64(view, 152),
    lastPage: u64(view, 144),
    free: readTree(view, 48),
    main: readTree(view, 96),
  }
  const isSound =
    u64(view, 0) === nth &&
    (view.getUint16(18, true) & KINDS) === META &&
    PAGE_SIZES.includes(pageSize) &&
    (flags & INTEGER_KEYS) !== 0 &&
    (flags & UNUSED_FLAGS) === 0 &&
    view.getUint16(100, true) === 0
  if (!isSound) throw new PageFault('the header makes no sense')
  return meta
}

export function readTree(view: DataView, at: number): Tree {
  const root = view.getBigUint64(at + 40, true)
  const depth = view.getUint16(at + 6, true)
  if (depth > MAX_DEPTH || (root === NO_PAGE) !== (depth === 0))
    throw new PageFault('a tree has no sound root')
  return { depth, entries: u64(view, at + 32), root: root === NO_PAGE ? undefined : Number(root) }
}

/** Checks the header of a page; returns the number of its nodes. */
export function checkPage(view: DataView, number: number, kind: number, meta: Meta): number {
  if (u64(view, 0) !== number) throw new PageFault('it has the number of another page')
  if ((view.getUint16(18, true) & KINDS) !== kind) throw new PageFault('it is of another kind')
  // LMDB would take the page for one of the transaction in progress, and write to it.
  if (u64(view, 8) > meta.transaction) throw new PageFault('it is newer than the file')
  if (kind === OVERFLOW) return 0
  const lower = view.getUint16(20, true)
  const upper = view.getUint16(22, true)
  if (lower % 2 !== 0 || lower === 0 || lower > upper || upper > meta.pageSize - PAGE_HEADER)
    throw new PageFault('its free space makes no sense')
  return lower / 2
}

export function nodeOf(view: DataView, nth: number, kind: number): Node {
  const offset = view.getUint16(PAGE_HEADER + 2 * nth, true)
  const start = PAGE_HEADER + offset
  const pageSize = view.byteLength
  if (offset < view.getUint16(22, true) || offset % 2 !== 0 || start + NODE_HEADER > pageSize)
    throw new PageFault('a node is outside of it')
  const flags = kind === BRANCH ? 0 : view.getUint16(start + 4, true)
  const size = view.getUint32(start, true)
  const key = start + NODE_HEADER
  const at = key + view.getUint16(start + 6, true)
  const stored = kind === BRANCH ? 0 : flags === BIG ? 24 : size
  if (at + stored > pageSize) throw new PageFault('a node reaches beyond it')
  if (kind === LEAF && flags !== 0 && flags !== BIG && flags !== TREE)
    throw new PageFault('a node is of an unknown kind')
  if (flags === TREE && size !== 48) throw new PageFault('a tree has another size')
  return { key, flags, size, at }
}

/** Returns the page that a node of a branch page points to. */
export function childOf(view: DataView, nth: number): number {
  const start = PAGE_HEADER + view.getUint16(PAGE_HEADER + 2 * nth, true)
  return view.getUint32(start, true) + 2 ** 32 * view.getUint16(start + 4, true)
}

/** Least number of pages of a value outside of its leaf page. */
export function overflowPages(size: number, pageSize: number): number {
  return Math.ceil((PAGE_HEADER + size) / pageSize)
}

/** Numbers that are too large to be exact are too large to be valid. */
export function u64(view: DataView, at: number): number {
  return view.getUint32(at, true) + 2 ** 32 * view.getUint32(at + 4, true)
}
