import type { BigIntStats } from 'node:fs'

/** What tells one file from another, and how far it has come. */
export interface FileStat {
  /** Device and inode: what a file keeps when it is renamed. A deleted file's may be used again. */
  id: string
  size: number
  /** ms since the epoch; of file systems that keep none, when it was last changed. */
  born: number
  /** Names that it has; 0: deleted. */
  links: number
}

/** Undefined for what is no regular file. */
export function fileStat(stats: BigIntStats): FileStat | undefined {
  if (!stats.isFile()) return undefined
  return {
    id: `${stats.dev}:${stats.ino}`,
    size: Number(stats.size),
    born: Number(stats.birthtimeMs || stats.mtimeMs),
    links: Number(stats.nlink),
  }
}

export interface FoundFile extends FileStat {
  path: string
}

/** Tells a file from a later one with the same inode. */
export function identityOf({ id, born }: { id: string; born: number }): string {
  return `${id}@${born}`
}
