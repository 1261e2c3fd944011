import type { FileHandle } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { z } from 'zod'
import { deleteOldest } from '../../event/oldest.js'
import { onThisMachine } from './device-numbers.js'
import {
  type FileStat,
  type FoundFile,
  fileStat,
  identityOf,
  matchFingerprint,
  NO_FINGERPRINT,
  sameBefore,
} from './file-identity.js'
import { type FollowedPosition, Follower, type FollowerOptions, openToRead } from './follower.js'
import { findRenamed, rotatedSiblings } from './siblings.js'

const MAX_COPIES = 500
/** Names may change while they are looked up. */
const ATTEMPTS = 10
/** The clock of a file system lags slightly. */
const CLOCK_SLACK_MS = 1_000

/** The position that is kept across restarts. */
export const filesPosition = z.object({
  /** When files were last searched for, ms since the epoch. */
  seen: z.number(),
  files: z.array(
    z.object({
      path: z.string(),
      id: z.string(),
      stream: z.string(),
      offset: z.int().min(0),
      print: z.object({ length: z.int().min(0), hash: z.string() }),
      continued: z.boolean(),
      verified: z.number(),
      since: z.number().optional(),
      after: z.string().optional(),
    }),
  ),
  copies: z.array(z.string()),
})
export type FilesPosition = z.output<typeof filesPosition>

export interface FollowedFilesOptions extends Omit<FollowerOptions, 'begins'> {
  from: 'start' | 'end'
  lost(count: number | undefined, reason: string): void
  fault(path: string, error: unknown): void
  /** Stores the position now. */
  keep(): Promise<void>
  /** Called when there may be something to read. */
  due(follower: Follower): void
}

interface Copy {
  file: FileHandle
  found: FileStat
}

/** The places of a file among others: read to their end before it, or not before its own end. */
interface Order {
  after?: Follower
  before?: Follower
}

/**
 * The followed files. They may be rotated (by renaming, or by copying and truncating), replaced or deleted, while the
 * hub runs or while it does not.
 */
export class FollowedFiles {
  readonly all = new Set<Follower>()
  readonly #options: FollowedFilesOptions
  readonly #follower: FollowerOptions
  /** Identities of copies, whose lines are published from the original. */
  readonly #copies = new Set<string>()
  /** Paths whose content has disappeared and has no successor yet, with the time when it was last seen. */
  readonly #gone = new Map<string, number>()
  #seen = 0
  /** There is no stored position, so that the files that exist now are old. */
  #first = true

  constructor(options: FollowedFilesOptions) {
    this.#options = options
    this.#follower = { ...options, begins: (follower) => this.#begins(follower) }
  }

  position(): FilesPosition {
    return {
      seen: this.#seen,
      files: [...this.all].map((follower) => follower.position()),
      copies: [...this.#copies],
    }
  }

  async resume(stored: FilesPosition): Promise<void> {
    const kept = await onThisMachine(stored)
    this.#first = false
    this.#seen = kept.seen
    for (const copy of kept.copies) this.#copies.add(copy)
    const streams = new Map<string, Follower>()
    for (const file of kept.files) {
      const follower = await this.#openAnywhere(file)
      if (follower) streams.set(file.stream, follower)
      if (!follower) {
        this.#gone.set(file.path, file.verified)
        this.#options.lost(undefined, `${file.path} was rotated away while it was not followed`)
      } else if (!(await follower.unchanged().catch(() => false))) await this.truncated(follower, true)
    }
    // A file that comes after another one may be stored before it.
    for (const { stream, after } of kept.files) {
      const follower = streams.get(stream)
      if (follower && after !== undefined) follower.after = streams.get(after)
    }
  }

  /** Compares with the files that exist now. True if the position must be stored before the next event. */
  async update(files: readonly FoundFile[], now: number): Promise<boolean> {
    const left = this.#noticeLeft(files)
    const fresh = files.filter((file) => !this.#isKnown(file))
    for (const file of fresh) await this.#followNew(file, left.get(file.path))
    const first = this.#first
    this.#seen = now
    this.#first = false
    return first || fresh.length > 0
  }

  /**
   * The content of the file has disappeared. The unread part may be in a copy, since some programs rotate files in this
   * way; otherwise it is lost. `certain`: there was an unread part.
   */
  async truncated(follower: Follower, certain = follower.unread): Promise<void> {
    this.#gone.set(follower.path, follower.verified)
    const copy = await this.#findCopy(follower)
    if (copy) {
      this.#rememberCopy(copy.found)
      for (const other of this.all) if (other.id === copy.found.id) await this.drop(other)
      await follower.continueIn(copy.file)
    } else {
      if (certain)
        this.#options.lost(undefined, `${follower.path} was truncated before it was read to its end`)
      follower.end()
    }
    this.#options.due(follower)
  }

  async dropCopy(follower: Follower): Promise<void> {
    this.#rememberCopy(follower)
    await this.drop(follower)
  }

  async drop(follower: Follower): Promise<void> {
    this.all.delete(follower)
    follower.caughtUp = true
    await follower.close()
  }

  async close(): Promise<void> {
    await Promise.all([...this.all].map((follower) => follower.close().catch(() => {})))
  }

  /**
   * Followers whose file no longer has its name, by that name: of several, the one that no other waits for, since it was
   * the last to have the name. It may have lost it some time before another file has it.
   */
  #noticeLeft(files: readonly FoundFile[]): Map<string, Follower> {
    const left = new Map<string, Follower>()
    const byId = new Map(files.map((file) => [file.id, file]))
    const awaited = new Set([...this.all].map(({ after }) => after))
    for (const follower of this.all) {
      const file = byId.get(follower.id)
      if (file?.path === follower.path && follower.mode !== 'leaving') continue
      if (!awaited.has(follower)) left.set(follower.path, follower)
      follower.caughtUp = false
      if (file) follower.comeBack(file.path)
      else follower.leave()
      this.#options.due(follower)
    }
    return left
  }

  #isKnown(file: FoundFile): boolean {
    if (this.#copies.has(identityOf(file))) return true
    for (const { id } of this.all) if (id === file.id) return true
    return false
  }

  async #followNew(file: FoundFile, before: Follower | undefined): Promise<void> {
    if (this.#first) {
      await this.#follow(file, { offset: this.#options.from === 'end' ? file.size : 0 })
      return
    }
    // The rest of a file may be read long after others have had its name, but until the last search it had the name itself.
    const since = Math.min(before?.verified ?? this.#gone.get(file.path) ?? this.#seen, this.#seen)
    this.#gone.delete(file.path)
    await this.#follow(file, { since }, { after: before })
  }

  async #begins(follower: Follower): Promise<'now' | 'later' | 'copy'> {
    if (follower.print.length > 0 && (await this.#isCopy(follower))) return 'copy'
    const { after } = follower
    const now = this.#options.runtime.now() / 1000
    for (const file of this.#rotatedSince(follower)) {
      if (this.#isKnown(file)) continue
      if (await isCopyOf(file, follower, this.#follower.followLinks)) this.#rememberCopy(file)
      else (await this.#follow(file, {}, { after: follower.after, before: follower }))?.leave()
    }
    // Next time, only later files count. A position that is stored meanwhile leads to all of them again.
    if (follower.since !== undefined) follower.since = follower.print.length > 0 ? undefined : now
    if (follower.after !== after) return 'later'
    // After a crash, lines that replaced this content would otherwise be taken for it, and dropped as repeated ones.
    if (follower.print.length > 0) await this.#options.keep()
    return 'now'
  }

  /** Files that had the name for a time before anything was read of this one. */
  #rotatedSince(follower: Follower): FoundFile[] {
    const { path, id, since } = follower
    if (since === undefined) return []
    const siblings = rotatedSiblings(path)
    // If the file itself is renamed by now, it precedes later ones. A copy is younger than its original.
    const last = siblings.some((sibling) => sibling.id === id) ? follower.born : Infinity
    return siblings
      .filter(({ born }) => born >= since - CLOCK_SLACK_MS && born <= last)
      .filter((sibling) => sibling.id !== id && isRotationOf(sibling.path, path))
      .sort((a, b) => a.born - b.born)
  }

  #follow(
    { path, id }: FoundFile,
    start: Partial<Pick<FollowedPosition, 'offset' | 'since'>>,
    order?: Order,
  ): Promise<Follower | undefined> {
    const stream = Buffer.from(this.#options.runtime.random(9)).toString('base64url')
    const verified = this.#options.runtime.now() / 1000
    const begin = { offset: 0, print: NO_FINGERPRINT, continued: false, verified, ...start }
    return this.#openAnywhere({ path, id, stream, ...begin }, order)
  }

  /** Returns undefined if it cannot be opened or is another file by now. */
  async #open(
    start: FollowedPosition,
    name: string,
    { after, before }: Order,
  ): Promise<Follower | undefined> {
    try {
      const follower = await Follower.open(start, this.#follower)
      if (follower) {
        // At once: a position may be stored at any time.
        follower.path = name
        follower.after = after
        if (before) before.after = follower
        this.all.add(follower)
        this.#options.due(follower)
      }
      return follower
    } catch (error) {
      this.#options.fault(start.path, error)
      return undefined
    }
  }

  /** Opens the file under its name, or under the name to which it has been renamed. */
  async #openAnywhere(file: FollowedPosition, order: Order = {}): Promise<Follower | undefined> {
    let follower = await this.#open(file, file.path, order)
    for (let attempt = 0; !follower && attempt < ATTEMPTS; attempt++) {
      const renamed = findRenamed(file.path, file.id)
      if (!renamed) return undefined
      follower = await this.#open({ ...file, path: renamed.path }, file.path, order)
    }
    return follower
  }

  async #findCopy(follower: Follower): Promise<Copy | undefined> {
    if (follower.print.length === 0) return undefined
    const busy = new Set([...this.all].filter(({ next }) => next > 0).map(({ id }) => id))
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const siblings = rotatedSiblings(follower.path).sort((a, b) => b.born - a.born)
      let steady = true
      for (const sibling of siblings) {
        // A copy must be younger than the last moment at which the original had the content.
        if (sibling.born < follower.verified - CLOCK_SLACK_MS) continue
        if (busy.has(sibling.id) || sibling.size < follower.next) continue
        const copy = await openIfLike(sibling, follower, this.#follower.followLinks)
        if (copy === 'moved') steady = false
        else if (copy) return copy
      }
      if (steady) break
    }
    return undefined
  }

  /** Returns whether it is a copy made by rotation of a followed file: equal at first, and named after it. */
  async #isCopy(follower: Follower): Promise<boolean> {
    for (const other of this.all) {
      if (other === follower || other.print.length === 0 || !isNamedAfter(follower.path, other.path)) continue
      if (!(await matchFingerprint(follower.file, other.print))) continue
      const { size } = await follower.file.stat()
      if (await sameBefore(follower.file, other.file, Math.min(size, other.next))) return true
      // The original may have been truncated since.
      if (!(await other.unchanged())) return true
    }
    return false
  }

  #rememberCopy(copy: { id: string; born: number }): void {
    this.#copies.add(identityOf(copy))
    if (this.#copies.size > MAX_COPIES) deleteOldest(this.#copies)
  }
}

function isNamedAfter(path: string, original: string): boolean {
  const name = basename(path)
  return (
    dirname(path) === dirname(original) && name !== basename(original) && name.startsWith(basename(original))
  )
}

/** Returns whether the name is the original one with a number, a date, or a word that programs use for rotation. */
function isRotationOf(path: string, original: string): boolean {
  return /^[._-]?(\d[\dTZ:+._-]*|old|prev|bak|save)$/.test(path.slice(original.length))
}

/** Returns whether the file has the content of the followed one, of which nothing was published yet. */
async function isCopyOf(
  { path, id }: FoundFile,
  follower: Follower,
  followLinks?: boolean,
): Promise<boolean> {
  if (follower.print.length === 0) return false
  const file = await openToRead(path, followLinks).catch(() => undefined)
  if (!file) return false
  try {
    const found = fileStat(await file.stat({ bigint: true }))
    const { size } = await follower.file.stat()
    const alike = found?.id === id && (await matchFingerprint(file, follower.print)) !== undefined
    return alike && (await sameBefore(file, follower.file, Math.min(size, found.size)))
  } finally {
    await file.close()
  }
}

/** Opens the file if it begins as the followed one did. `moved`: another file has the name by now. */
async function openIfLike(
  { path, id }: FoundFile,
  follower: Follower,
  followLinks: boolean | undefined,
): Promise<Copy | 'moved' | undefined> {
  const file = await openToRead(path, followLinks).catch(() => undefined)
  if (!file) return 'moved'
  const found = fileStat(await file.stat({ bigint: true }))
  const alike = found?.id === id && (await matchFingerprint(file, follower.print)) !== undefined
  if (alike) return { file, found }
  await file.close()
  return found?.id === id ? undefined : 'moved'
}
