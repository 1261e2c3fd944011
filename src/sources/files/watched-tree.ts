import { lstat, opendir } from 'node:fs/promises'
import { codeOf } from '../../errors/thrown.js'
import { formatTime } from '../../event/position.js'
import type { HostFileChanged } from '../../types/host/files.js'
import { isReplaced } from './name-pattern.js'
import { isModified, isSame, pathOf, subtree, type TreeEntry, type TreeNode, treeEntry } from './tree-node.js'

const MAX_CONCURRENT_LOOKS = 32
const MAX_DEPTH = 100

export interface WatchedTreeOptions {
  maxEntries: number
  ignored(path: string): boolean
  publish(change: HostFileChanged): boolean
  /** Called when a folder has been added to the tree. It must be watched and then compared. */
  folderCame(path: string): void
  folderWent(path: string): void
  /** Called when `count` names in the folder are not UTF-8, so that these entries cannot be examined. */
  unreadableNames(folder: string, count: number): void
  /** Entries found at the start are reported if they changed after this time; ms since the epoch. */
  since: number | undefined
}

interface Listed {
  entries: Map<string, TreeEntry>
  /** Number of names that are not UTF-8. */
  unreadable: number
  whole: boolean
}

/**
 * Everything below one path, as it was last reported. Comparing finds differences, reports them and updates the tree.
 * A difference that the hub does not accept leaves the tree unchanged, so that it is found again.
 */
export class WatchedTree {
  readonly path: string
  readonly #options: WatchedTreeOptions
  #root: TreeNode | undefined
  #quiet = true
  readonly #byId = new Map<string, TreeNode>()
  /** Nodes that are no longer at their path and may be found at another. */
  readonly #missing = new Set<TreeNode>()
  #entries = 0
  /** More entries were found than may be watched. */
  tooMany = false

  constructor(path: string, options: WatchedTreeOptions) {
    this.path = path
    this.#options = options
  }

  get entries(): number {
    return this.#entries
  }

  get missing(): number {
    return this.#missing.size
  }

  folders(): string[] {
    const nodes = this.#root ? [...subtree(this.#root)] : []
    return nodes.filter(({ entry }) => entry.kind === 'folder').map(pathOf)
  }

  /** Compares the root. False if the hub did not accept everything. Throws errors of the file system. */
  async compareRoot(): Promise<boolean> {
    const entry = await look(this.path)
    const quiet = this.#quiet
    this.tooMany = false
    this.#quiet = false
    if (this.#root && (!entry || !isSame(this.#root.entry, entry))) this.#miss(this.#root)
    if (!entry) return true
    if (this.#root) return this.#update(this.#root, entry)
    const root = await this.#appear(undefined, this.path, entry, quiet)
    return root !== 'refused'
  }

  /** Compares the entries of one folder, in the same way. */
  async compareFolder(path: string): Promise<boolean> {
    const folder = this.#find(path)
    if (folder?.entry.kind !== 'folder') return true
    const listed = await this.#list(path)
    // The folder no longer exists, which comparing its parent reports.
    if (!listed) return true
    this.#options.unreadableNames(path, listed.unreadable)
    const { quiet } = folder
    if (listed.whole) {
      for (const [name, child] of folder.children) if (!listed.entries.has(name)) this.#miss(child)
    } else this.tooMany = true
    for (const [name, entry] of listed.entries) {
      const child = folder.children.get(name)
      const taken = child ? await this.#compare(child, entry) : await this.#appear(folder, name, entry, quiet)
      if (taken === 'refused') return false
    }
    folder.quiet = false
    return true
  }

  /** Reports entries as deleted that were not found elsewhere. False if the hub did not accept everything. */
  reportMissing(): boolean {
    return [...this.#missing].every((node) => this.#reportMissing(node))
  }

  #reportMissing(node: TreeNode): boolean {
    return this.#reportDeleted(node) && this.#missing.delete(node)
  }

  async #compare(child: TreeNode, entry: TreeEntry): Promise<'taken' | 'refused'> {
    if (isSame(child.entry, entry)) return this.#update(child, entry) ? 'taken' : 'refused'
    const origin = await this.#originOf(entry)
    // A file that replaces a file, as editors write, counts as the same file, modified.
    if (!origin && child.entry.kind === 'file' && entry.kind === 'file') {
      if (!this.#report('modified', pathOf(child), entry)) return 'refused'
      this.#remember(child, entry)
      return 'taken'
    }
    const { parent, name } = child
    if (origin && child.entry.kind === 'file') this.#forget(child)
    else this.#miss(child)
    return this.#appear(parent, name, entry, false)
  }

  #update(node: TreeNode, entry: TreeEntry): boolean {
    if (isModified(node.entry, entry) && !this.#report('modified', pathOf(node), entry)) return false
    node.entry = entry
    return true
  }

  async #appear(
    parent: TreeNode | undefined,
    name: string,
    entry: TreeEntry,
    quiet: boolean,
  ): Promise<'taken' | 'refused'> {
    const origin = quiet ? undefined : await this.#originOf(entry)
    if (origin) return this.#move(origin, parent, name, entry)
    if (!this.#reportPredecessor(parent, name)) return 'refused'
    if (this.#entries >= this.#options.maxEntries) {
      this.tooMany = true
      return 'taken'
    }
    const node: TreeNode = { name, parent, entry, children: new Map(), quiet }
    if (!this.#reportCame(pathOf(node), entry, quiet)) return 'refused'
    this.#attach(node)
    this.#entries++
    this.#remember(node, entry)
    if (this.#isWatched(node)) this.#options.folderCame(pathOf(node))
    return 'taken'
  }

  /** Reports the former entry of this name as deleted first; otherwise the last event of the path would be `deleted`. */
  #reportPredecessor(parent: TreeNode | undefined, name: string): boolean {
    for (const node of this.#missing)
      if (node.parent === parent && node.name === name) return this.#reportMissing(node)
    return true
  }

  #reportCame(path: string, entry: TreeEntry, quiet: boolean): boolean {
    if (!quiet) return this.#report('created', path, entry)
    const { since } = this.#options
    if (since === undefined || entry.changed < since) return true
    if (entry.born >= since) return this.#report('created', path, entry)
    return entry.kind === 'folder' || this.#report('modified', path, entry)
  }

  #move(node: TreeNode, parent: TreeNode | undefined, name: string, entry: TreeEntry): 'taken' | 'refused' {
    const from = pathOf(node)
    const path = pathOf({ ...node, name, parent })
    if (!this.#report('moved', path, entry, from)) return 'refused'
    if (!this.#missing.delete(node)) this.#detach(node)
    node.name = name
    node.parent = parent
    this.#attach(node)
    this.#remember(node, entry)
    for (const each of subtree(node)) if (this.#isWatched(each)) this.#options.folderCame(pathOf(each))
    return 'taken'
  }

  /** Returns the node of this entry at its former path, if it was moved. */
  async #originOf(entry: TreeEntry): Promise<TreeNode | undefined> {
    const node = this.#byId.get(entry.id)
    if (!node || !isSame(node.entry, entry)) return undefined
    if (this.#missing.has(node)) return node
    const there = await look(pathOf(node))
    // Another name of the same file (a hard link) is not a move.
    return there && isSame(there, entry) ? undefined : node
  }

  #miss(node: TreeNode): void {
    this.#detach(node)
    this.#missing.add(node)
  }

  /** Removes the node from the tree. It keeps its name and parent, so that its path can be reported. */
  #detach(node: TreeNode): void {
    for (const each of subtree(node)) if (each.entry.kind === 'folder') this.#options.folderWent(pathOf(each))
    if (node.parent) node.parent.children.delete(node.name)
    else this.#root = undefined
  }

  #attach(node: TreeNode): void {
    if (node.parent) node.parent.children.set(node.name, node)
    else this.#root = node
  }

  #remember(node: TreeNode, entry: TreeEntry): void {
    if (this.#byId.get(node.entry.id) === node) this.#byId.delete(node.entry.id)
    node.entry = entry
    this.#byId.set(entry.id, node)
  }

  #forget(node: TreeNode): void {
    if (this.#byId.get(node.entry.id) === node) this.#byId.delete(node.entry.id)
    if (node.parent?.children.get(node.name) === node) node.parent.children.delete(node.name)
    this.#entries--
  }

  /** Reports the entries of a folder before the folder itself. */
  #reportDeleted(node: TreeNode): boolean {
    for (const child of node.children.values()) if (!this.#reportDeleted(child)) return false
    if (!this.#report('deleted', pathOf(node), node.entry)) return false
    this.#forget(node)
    return true
  }

  #report(change: HostFileChanged['change'], path: string, entry: TreeEntry, from?: string): boolean {
    const { kind, size, mode, modified } = entry
    const data: HostFileChanged = {
      path,
      change,
      kind,
      size,
      mode: mode.toString(8).padStart(4, '0'),
      modified: formatTime(Math.round(modified * 1000)),
    }
    if (from !== undefined) data.from = from
    return this.#options.publish(data)
  }

  /** Folders on other file systems are reported, but their entries are not watched. */
  #isWatched({ entry, parent }: TreeNode): boolean {
    return entry.kind === 'folder' && (!parent || parent.entry.device === entry.device)
  }

  #find(path: string): TreeNode | undefined {
    if (path === this.path) return this.#root
    const prefix = this.path === '/' ? '/' : `${this.path}/`
    if (!path.startsWith(prefix)) return undefined
    let node = this.#root
    for (const name of path.slice(prefix.length).split('/')) node = node?.children.get(name)
    return node
  }

  /** Returns undefined if the folder no longer exists. */
  async #list(folder: string): Promise<Listed | undefined> {
    const entries = new Map<string, TreeEntry>()
    let unreadable = 0
    if (folder.split('/').length > MAX_DEPTH) return { entries, unreadable, whole: false }
    const names = await readNames(folder, this.#options.maxEntries)
    if (!names) return undefined
    const kept = names.filter((name) => !this.#options.ignored(`${folder}/${name}`))
    for (let i = 0; i < kept.length; i += MAX_CONCURRENT_LOOKS) {
      const some = kept.slice(i, i + MAX_CONCURRENT_LOOKS)
      const found = await Promise.all(some.map((name) => look(`${folder}/${name}`)))
      found.forEach((entry, j) => {
        if (entry) entries.set(some[j], entry)
        else if (isReplaced(some[j])) unreadable++
      })
    }
    return { entries, unreadable, whole: names.length <= this.#options.maxEntries }
  }
}

/** Reads names, at most one more than `most`; undefined if the folder does not exist. */
async function readNames(folder: string, most: number): Promise<string[] | undefined> {
  const names: string[] = []
  try {
    for await (const { name } of await opendir(folder, { bufferSize: 256 })) {
      names.push(name)
      if (names.length > most) break
    }
    return names
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}

/** Returns undefined if nothing exists at the path. */
async function look(path: string): Promise<TreeEntry | undefined> {
  try {
    return treeEntry(await lstat(path, { bigint: true }))
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}

function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')
}
