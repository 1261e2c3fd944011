import type { BigIntStats } from 'node:fs'
import type { HostFileChanged } from '../../types/host/files.js'

/** A file or folder as it was last reported. */
export interface TreeEntry {
  /** Device and inode. */
  id: string
  device: number
  kind: HostFileChanged['kind']
  size: number
  mode: number
  /** User and group. */
  owner: string
  /** ms since the epoch */
  modified: number
  /** Time of the last change of any kind, and of creation; ms since the epoch. */
  changed: number
  born: number
}

export function treeEntry(stats: BigIntStats): TreeEntry {
  return {
    id: `${stats.dev}:${stats.ino}`,
    device: Number(stats.dev),
    kind: kindOf(stats),
    size: Number(stats.size),
    mode: Number(stats.mode) & 0o7777,
    owner: `${stats.uid}:${stats.gid}`,
    modified: Number(stats.mtimeNs) / 1e6,
    changed: Number(stats.ctimeNs) / 1e6,
    born: Number(stats.birthtimeNs) / 1e6,
  }
}

function kindOf(stats: BigIntStats): TreeEntry['kind'] {
  if (stats.isFile()) return 'file'
  if (stats.isDirectory()) return 'folder'
  return stats.isSymbolicLink() ? 'link' : 'other'
}

/** Returns whether both are the same file, possibly changed. A reused inode has another creation time. */
export function isSame(a: TreeEntry, b: TreeEntry): boolean {
  return a.id === b.id && a.born === b.born && a.kind === b.kind
}

/** Returns whether an entry was modified. A folder is not modified by changes of its entries, which are reported. */
export function isModified(before: TreeEntry, now: TreeEntry): boolean {
  if (before.mode !== now.mode || before.owner !== now.owner) return true
  return now.kind !== 'folder' && (before.size !== now.size || before.modified !== now.modified)
}

export interface TreeNode {
  /** The name; for a root, the whole path. */
  name: string
  parent: TreeNode | undefined
  entry: TreeEntry
  /** The entries of a folder. */
  children: Map<string, TreeNode>
  /** Entries found the first time existed before the folder was watched, and are not reported. */
  quiet: boolean
}

export function pathOf(node: TreeNode): string {
  const names: string[] = []
  for (let at: TreeNode | undefined = node; at; at = at.parent) names.push(at.name)
  return names.reverse().join('/').replace('//', '/')
}

/** Returns the node and everything below it, folders before their entries. */
export function* subtree(node: TreeNode): Iterable<TreeNode> {
  yield node
  for (const child of node.children.values()) yield* subtree(child)
}
