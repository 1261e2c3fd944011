import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { endianness } from 'node:os'
import { messageOf } from '../errors/thrown.js'
import { DiskFault } from './disk-fault.js'
import { checkIsFile, dataFile } from './folder.js'
import { KeyOrder } from './key-order.js'
import {
  BIG,
  BRANCH,
  checkPage,
  childOf,
  LEAF,
  META_BYTES,
  type Meta,
  type Node,
  nodeOf,
  OVERFLOW,
  overflowPages,
  PAGE_HEADER,
  Page,
  PageFault,
  readMeta,
  readTree,
  TREE,
  type Tree,
  u64,
} from './lmdb-format.js'
import { PageSet } from './page-set.js'

/** LMDB may have reserved pages behind the end of the file that it has not written. */
const MAX_UNWRITTEN = 512 * 1024 * 1024

/** Entries of a tree after which a check lets other work go on: less than a millisecond. */
const STEP = 64

/** A value in a leaf page, as it was found. */
export interface StoredValue {
  key: Buffer
  size: number
  /** The transaction that wrote the leaf page. */
  transaction: number
  /** Returns the value, or its first bytes. Throws PageFault if the file ends before it. */
  read(bytes?: number): Buffer
}

/**
 * The data file of an LMDB environment, read page by page. LMDB maps its file and trusts it: a page that makes no
 * sense ends the process (SIGBUS, SIGABRT). So the pages are checked here before LMDB opens a file.
 */
export class LmdbFile {
  readonly #file: number
  readonly #bytes: number
  readonly #metas: Meta[] = []
  readonly #metaFaults: string[] = []

  constructor(path: string) {
    checkIsFile(path)
    this.#file = openSync(path, 'r')
    this.#bytes = fstatSync(this.#file).size
    this.#readMetas()
  }

  close(): void {
    closeSync(this.#file)
  }

  /**
   * Throws a PageFault if LMDB must not open the file. Looks at each page that the trees consist of, and with `deep`
   * at the first page of each large value; without, only at that of the last value of a tree, which LMDB may replace.
   * Yields after each STEP entries.
   */
  *check(deep: boolean): Generator<undefined, void> {
    const meta = this.#checkedMeta()
    const used = new PageSet(meta.lastPage)
    const tables: Tree[] = []
    yield* this.#checkTree(meta, meta.main, used, deep, (node, page) => {
      if (node.flags !== TREE) throw new PageFault(`the table ${nameOf(node, page)} is none`)
      tables.push(treeOf(node, page))
    })
    for (const table of tables) yield* this.#checkTree(meta, table, used, deep)
    yield* this.#checkFree(meta, used)
  }

  /** Returns whether the page that names the table is sound. */
  has(table: string): boolean {
    const meta = this.#bestMeta()
    if (meta === undefined) return false
    const names = this.#soundLeaves(meta, meta.main, new PageSet(meta.lastPage), () => undefined)
    for (const { nodes, page } of names) {
      if (nodes.some((node) => nameOf(node, page) === table)) return true
    }
    return false
  }

  /** All values of a table whose pages are sound. What is wrong with others is passed to `fault`. */
  *values(table: string, fault: (reason: PageFault) => void): Generator<StoredValue> {
    const meta = this.#bestMeta()
    if (meta === undefined) return
    const used = new PageSet(meta.lastPage)
    for (const { nodes, page } of this.#soundLeaves(meta, meta.main, used, fault)) {
      for (const node of nodes) {
        if (node.flags !== TREE || nameOf(node, page) !== table) continue
        let tree: Tree
        try {
          tree = treeOf(node, page)
        } catch (thrown) {
          fault(thrown as PageFault)
          continue
        }
        yield* this.#valuesIn(meta, this.#soundLeaves(meta, tree, used, fault))
      }
    }
  }

  *#valuesIn(meta: Meta, leaves: Iterable<Leaf>): Generator<StoredValue> {
    for (const { nodes, page } of leaves) for (const node of nodes) yield this.#valueOf(meta, node, page)
  }

  /** The values of all leaf pages of the file, whether a tree leads to them or not: also replaced ones. */
  *scan(): Generator<StoredValue> {
    const known = this.#bestMeta()
    const pageSize = known?.pageSize ?? 4096
    const lastPage = Math.floor(this.#bytes / pageSize) - 1
    const meta = { ...(known ?? { transaction: Number.MAX_SAFE_INTEGER }), pageSize, lastPage } as Meta
    for (let number = 2; number <= lastPage; number++) {
      const page = newPage(pageSize)
      for (const node of this.#nodesAt(meta, number, page)) {
        if (node.flags !== TREE) yield this.#valueOf(meta, node, page)
      }
    }
  }

  *#nodesAt(meta: Meta, number: number, page: Page): Generator<Node> {
    try {
      this.#readPage(page, number)
      const count = checkPage(page.view, number, LEAF, meta)
      for (let nth = 0; nth < count; nth++) yield nodeOf(page.view, nth, LEAF)
    } catch (thrown) {
      if (!(thrown instanceof PageFault)) throw thrown
    }
  }

  #readMetas(): void {
    const first = this.#readMeta(0, 0)
    const sizes = first === undefined ? [4096, 8192, 16_384, 32_768, 65_536] : [first.pageSize]
    for (const size of sizes) if (this.#readMeta(1, size) !== undefined) return
  }

  #readMeta(nth: number, at: number): Meta | undefined {
    const bytes = Buffer.alloc(META_BYTES)
    const length = readSync(this.#file, bytes, 0, META_BYTES, at)
    try {
      const meta = readMeta(new Page(bytes.subarray(0, length)).view, nth)
      if (nth === 1 && at !== meta.pageSize) throw new PageFault('the header makes no sense')
      this.#metas.push(meta)
      return meta
    } catch (thrown) {
      this.#metaFaults.push(`page ${nth}: ${messageOf(thrown)}`)
      return undefined
    }
  }

  #checkedMeta(): Meta {
    const [one, other] = this.#metas
    if (other === undefined) throw new PageFault(this.#metaFaults[0])
    const apart = Math.abs(one.transaction - other.transaction)
    if (apart > 1 || one.transaction % 2 !== 0 || (apart === 1 && other.transaction % 2 !== 1))
      throw new PageFault('page 0 and page 1: the headers do not fit each other')
    const meta = this.#bestMeta()!
    if ((meta.lastPage + 1) * meta.pageSize > this.#bytes + MAX_UNWRITTEN)
      throw new PageFault('the header names pages far behind the end of the file')
    return meta
  }

  #bestMeta(): Meta | undefined {
    const [one, other] = this.#metas
    return other !== undefined && other.transaction > one.transaction ? other : one
  }

  *#checkTree(
    meta: Meta,
    tree: Tree,
    used: PageSet,
    deep: boolean,
    visit: (node: Node, page: Page) => void = () => undefined,
  ): Generator<undefined, void> {
    const isMain = tree === meta.main
    const order = new KeyOrder()
    let count = 0
    let last: Overflow | undefined
    for (const { nodes, page } of this.#leaves(meta, tree, used, rethrow)) {
      for (const node of nodes) {
        order.add(node, page)
        if (node.flags === TREE && !isMain) throw new PageFault('a tree is within a table')
        if (node.flags === BIG) {
          last = this.#useOverflow(meta, node, page, used)
          if (deep) this.#checkOverflow(meta, last)
        }
        visit(node, page)
        if (++count % STEP === 0) yield
      }
      order.keepLast()
    }
    if (last !== undefined && !deep) this.#checkOverflow(meta, last)
    if (count !== tree.entries) throw new PageFault(`a tree has ${count} entries, not ${tree.entries}`)
  }

  /** The free tree lists the pages that LMDB writes to next: if one of them is in use, events are overwritten. */
  *#checkFree(meta: Meta, used: PageSet): Generator<undefined, void> {
    let count = 0
    for (const { nodes, page } of this.#leaves(meta, meta.free, used, rethrow)) {
      for (const node of nodes) {
        const transaction = node.at - node.key === 8 ? u64(page.view, node.key) : 0
        if (transaction === 0 || transaction > meta.transaction)
          throw new PageFault('the free pages are of no transaction')
        if (node.flags === BIG) this.#useOverflow(meta, node, page, used)
        else if (node.flags !== 0) throw new PageFault('the free pages are a tree')
        for (const [first, pages] of freePages(new Page(this.#valueOf(meta, node, page).read()).view)) {
          used.add(first, pages)
          if (++count % STEP === 0) yield
        }
      }
    }
  }

  *#leaves(meta: Meta, tree: Tree, used: PageSet, fault: (thrown: unknown) => void): Generator<Leaf> {
    // One page for each level.
    const pages = Array.from({ length: tree.depth }, () => newPage(meta.pageSize))
    if (tree.root !== undefined) yield* this.#below(meta, tree.root, pages, used, fault)
  }

  /** Like `#leaves`; a page that is damaged is left out. */
  #soundLeaves(meta: Meta, tree: Tree, used: PageSet, fault: (reason: PageFault) => void): Generator<Leaf> {
    return this.#leaves(meta, tree, used, (thrown) => {
      if (!(thrown instanceof PageFault)) throw thrown
      fault(thrown)
    })
  }

  *#below(
    meta: Meta,
    number: number,
    [page, ...lower]: Page[],
    used: PageSet,
    fault: (thrown: unknown) => void,
  ): Generator<Leaf> {
    const kind = lower.length > 0 ? BRANCH : LEAF
    const nodes: Node[] = []
    const children: number[] = []
    try {
      used.add(number, 1)
      this.#readPage(page, number)
      const count = checkPage(page.view, number, kind, meta)
      for (let nth = 0; nth < count; nth++) {
        nodes.push(nodeOf(page.view, nth, kind))
        if (kind === BRANCH) children.push(childOf(page.view, nth))
      }
    } catch (thrown) {
      fault(named(thrown, number, meta.pageSize))
      if (kind === BRANCH) return
    }
    if (kind === LEAF) yield { nodes, page }
    else for (const child of children) yield* this.#below(meta, child, lower, used, fault)
  }

  #useOverflow(meta: Meta, node: Node, page: Page, used: PageSet): Overflow {
    const overflow = overflowOf(meta, node, page)
    used.add(overflow.first, overflow.pages)
    if ((overflow.first + overflow.pages) * meta.pageSize > this.#bytes)
      throw new PageFault(`page ${overflow.first}: the file ends before it`)
    return overflow
  }

  #checkOverflow(meta: Meta, { first, pages }: Overflow): void {
    const header = newPage(PAGE_HEADER)
    try {
      this.#read(header.bytes, first * meta.pageSize)
      checkPage(header.view, first, OVERFLOW, meta)
      if (header.view.getUint32(20, true) !== pages) throw new PageFault('it has another number of pages')
    } catch (thrown) {
      throw named(thrown, first, meta.pageSize)
    }
  }

  #valueOf(meta: Meta, node: Node, page: Page): StoredValue {
    const transaction = u64(page.view, 8)
    const key = Buffer.from(page.keyOf(node))
    const { size } = node
    if (node.flags !== BIG) {
      const value = Buffer.from(page.bytes.subarray(node.at, node.at + size))
      return { key, size, transaction, read: (bytes) => value.subarray(0, bytes) }
    }
    const start = u64(page.view, node.at) * meta.pageSize + PAGE_HEADER
    const read = (bytes = size) => {
      // Before memory is allocated: a damaged size may be large.
      if (start + size > this.#bytes) throw new PageFault('the file ends before it')
      return this.#read(Buffer.allocUnsafeSlow(bytes), start)
    }
    return { key, size, transaction, read }
  }

  #readPage({ bytes }: Page, number: number): void {
    this.#read(bytes, number * bytes.length)
  }

  #read(into: Buffer, at: number): Buffer {
    const length = readSync(this.#file, into, 0, into.length, at)
    if (length !== into.length) throw new PageFault('the file ends before it')
    return into
  }
}

interface Overflow {
  first: number
  pages: number
}

/** A leaf page, which is overwritten when the next one is read, and its sound nodes. */
interface Leaf {
  nodes: Node[]
  page: Page
}

function newPage(bytes: number): Page {
  return new Page(Buffer.allocUnsafe(bytes))
}

/** Returns what is wrong with the data file of an environment that LMDB is about to open; undefined if all is well. */
export function faultOfDataFile(folder: string, deep: boolean): string | undefined {
  const steps = faultInSteps(folder, deep)
  let step = steps.next()
  while (!step.done) step = steps.next()
  return step.value
}

/** Opens what may be anything else. Returns undefined if it is not a regular file. */
export function openIfFile(path: string): LmdbFile | undefined {
  try {
    return new LmdbFile(path)
  } catch (thrown) {
    if (thrown instanceof DiskFault) return undefined
    throw thrown
  }
}

/** The same in steps of less than a millisecond. On a machine with another byte order, nothing is checked. */
export function* faultInSteps(folder: string, deep: boolean): Generator<undefined, string | undefined> {
  if (endianness() !== 'LE') return undefined
  const file = openIfFile(dataFile(folder))
  if (file === undefined) return 'it is not a regular file'
  try {
    yield* file.check(deep)
    return undefined
  } catch (thrown) {
    if (!(thrown instanceof PageFault)) throw thrown
    return thrown.message
  } finally {
    file.close()
  }
}

/** The pages in a list of the free tree: single ones, and runs as a negative length before the first page. */
function* freePages(list: DataView): Generator<[first: number, pages: number]> {
  const count = list.byteLength < 8 ? -1 : u64(list, 0)
  if (count < 0 || count > list.byteLength / 8 - 1) throw new PageFault('a list of free pages is cut')
  for (let nth = 1; nth <= count; nth++) {
    const entry = Number(list.getBigInt64(8 * nth, true))
    if (entry === 0) continue
    if (entry < 0 && nth === count) throw new PageFault('a list of free pages is cut')
    yield entry > 0 ? [entry, 1] : [u64(list, 8 * ++nth), -entry]
  }
}

function overflowOf(meta: Meta, node: Node, { view }: Page): Overflow {
  const overflow = { first: u64(view, node.at), pages: u64(view, node.at + 16) }
  // A value that takes the place of a larger one keeps its pages.
  if (overflow.pages < overflowPages(node.size, meta.pageSize))
    throw new PageFault(`page ${overflow.first}: a value has too few pages`)
  return overflow
}

function treeOf(node: Node, page: Page): Tree {
  if (page.view.getUint16(node.at + 4, true) !== 0)
    throw new PageFault(`the table ${nameOf(node, page)} is of another kind`)
  return readTree(page.view, node.at)
}

/** lmdb ends the name of a table with a zero byte. */
function nameOf(node: Node, page: Page): string {
  return page.keyOf(node).subarray(0, -1).toString('latin1')
}

function named(thrown: unknown, number: number, pageSize: number): unknown {
  if (!(thrown instanceof PageFault)) return thrown
  return new PageFault(`page ${number} at offset ${number * pageSize}: ${thrown.message}`)
}

function rethrow(thrown: unknown): void {
  throw thrown
}
