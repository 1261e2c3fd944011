import type { BigIntStats } from 'node:fs'
import { lstat, opendir, stat } from 'node:fs/promises'
import { isTrusted } from '../../config/trusted-file.js'
import { codeOf, messageOf } from '../../errors/thrown.js'
import { isGlob } from '../../filter/fnmatch.js'
import { type FoundFile, fileStat } from './file-identity.js'
import { isReplaced, nameTest } from './name-pattern.js'

const MAX_DEPTH = 32

export interface FoundFiles {
  /** Regular files without duplicates, in the order of patterns and names. */
  files: FoundFile[]
  /** Folders in which matching names can appear. */
  folders: Set<string>
  /** Some of the files are links, so that they are written in other folders. */
  links: boolean
  /** Folders and files that could not be read, and why. */
  faults: Map<string, string>
}

export interface FindLimits {
  files: number
  /** Maximum number of names that are examined. */
  names: number
  /** Returns true if links of this user are followed. */
  follows(uid: bigint): boolean
}

/** Returns whose links are followed: those that nobody else could have made, or all. */
export function linkOwners(all: boolean, user = process.getuid?.()): (uid: bigint) => boolean {
  return (uid) => all || isTrusted(Number(uid), user)
}

/** Finds the files that match the path patterns. The segment `**` matches any number of folders. */
export async function findFiles(
  patterns: readonly string[],
  ignored: (path: string) => boolean,
  limits: FindLimits,
): Promise<FoundFiles & { tooMany: boolean }> {
  const search = new Search(ignored, limits)
  for (const pattern of patterns) {
    const segments = pattern.split('/').filter((segment) => segment !== '' && segment !== '.')
    await search.walk('', segments, 0)
  }
  return { ...search.found, tooMany: search.tooMany }
}

class Search {
  readonly found: FoundFiles = { files: [], folders: new Set(), links: false, faults: new Map() }
  tooMany = false
  readonly #ignored: (path: string) => boolean
  readonly #limits: FindLimits
  readonly #ids = new Set<string>()
  readonly #walked = new Set<string>()
  #names = 0

  constructor(ignored: (path: string) => boolean, limits: FindLimits) {
    this.#ignored = ignored
    this.#limits = limits
  }

  async walk(folder: string, segments: readonly string[], depth: number): Promise<void> {
    const key = `${folder}\0${segments.join('/')}`
    if (depth > MAX_DEPTH || this.#walked.has(key)) return
    this.#walked.add(key)
    const [segment, ...rest] = segments
    const last = rest.length === 0
    if (segment === '**') return this.#walkDown(folder, last ? ['*'] : rest, segments, depth)
    if (!isGlob(segment)) {
      const path = `${folder}/${segment}`
      if (last) this.found.folders.add(folder || '/')
      if (last) return this.#take(path)
      return (await this.#mayEnter(path)) ? this.walk(path, rest, depth + 1) : undefined
    }
    const matches = nameTest(segment)
    for (const { name, isFolder } of await this.#entries(folder)) {
      if (!matches(name)) continue
      const path = `${folder}/${name}`
      if (last) await this.#take(path)
      else if (isFolder && (await this.#mayEnter(path))) await this.walk(path, rest, depth + 1)
    }
  }

  async #walkDown(folder: string, rest: string[], again: readonly string[], depth: number): Promise<void> {
    await this.walk(folder, rest, depth + 1)
    for (const { name, isFolder, isLink } of await this.#entries(folder)) {
      // A link could lead to a parent folder.
      if (isFolder && !isLink && !name.startsWith('.')) await this.walk(`${folder}/${name}`, again, depth + 1)
    }
  }

  async #entries(folder: string): Promise<{ name: string; isFolder: boolean; isLink: boolean }[]> {
    if (this.#ignored(folder)) return []
    this.found.folders.add(folder || '/')
    const names = []
    try {
      for await (const entry of await opendir(folder || '/')) {
        if (++this.#names > this.#limits.names) {
          this.tooMany = true
          break
        }
        const isLink = entry.isSymbolicLink()
        names.push({ name: entry.name, isFolder: entry.isDirectory() || isLink, isLink })
      }
    } catch (error) {
      this.#fault(folder, error)
    }
    return names.sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  async #take(path: string): Promise<void> {
    if (this.#ignored(path)) return
    try {
      const found = fileStat(await stat(path, { bigint: true }))
      if (!found || this.#ids.has(found.id)) return
      const own = await lstat(path, { bigint: true })
      const isLink = own.isSymbolicLink()
      if (isLink && !this.#follows(path, own)) return
      // It was replaced meanwhile, perhaps by a link and back; the next search sees what it is.
      if (!isLink && fileStat(own)?.id !== found.id) return
      if (this.found.files.length >= this.#limits.files) {
        this.tooMany = true
        return
      }
      this.#ids.add(found.id)
      this.found.files.push({ path, ...found })
      this.found.links ||= isLink
    } catch (error) {
      this.#fault(path, error)
    }
  }

  /** A missing folder is noticed when it is opened. */
  async #mayEnter(path: string): Promise<boolean> {
    const own = await lstat(path, { bigint: true }).catch(() => undefined)
    return own === undefined || !own.isSymbolicLink() || this.#follows(path, own)
  }

  #follows(path: string, { uid }: BigIntStats): boolean {
    if (this.#limits.follows(uid)) return true
    this.found.faults.set(path, `it is a link of user ${uid}, which is not followed (followLinks)`)
    return false
  }

  #fault(path: string, error: unknown): void {
    const code = codeOf(error)
    if (code !== 'ENOENT' && code !== 'ENOTDIR') this.found.faults.set(path, messageOf(error))
    // A file that does not exist may be created later.
    else if (isReplaced(path)) this.found.faults.set(path, 'a name that is not UTF-8 cannot be read')
  }
}
