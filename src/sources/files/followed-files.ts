import { z } from 'zod'
import { deleteOldest } from '../../event/oldest.js'
import { type Copy, isCopyOf, isNamedAfter, openIfLike } from './copies.js'
import { onThisMachine } from './device-numbers.js'
import { type FoundFile, identityOf, matchFingerprint, NO_FINGERPRINT, sameBefore } from './file-identity.js'
import { type FollowedPosition, Follower, type FollowerOptions } from './follower.js'
import { missedBytes, unknownBytes } from './missed-bytes.js'
import { findRenamed, isRotationOf, possibleCopies, rotatedSiblings } from './siblings.js'

const MAX_COPIES = 500
/** Names may change while they are looked up. */
const ATTEMPTS = 10
/** The clock of a file system lags slightly. */
const CLOCK_SLACK_MS = 1_000
/** Time between the end of a copy and the truncation of its original. */
const COPY_SLACK_MS = 60_000

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
      tail: z.string().optional(),
      ahead: z.int().min(0).optional(),
      size: z.int().min(0).optional(),
      continued: z.boolean(),
      verified: z.number(),
      since: z.number().optional(),
      after: z.string().optional(),
      gone: z.literal(true).optional(),
      named: z.number().optional(),
    }),
  ),
  copies: z.array(z.string()),
})
export type FilesPosition = z.output<typeof filesPosition>

export interface FollowedFilesOptions extends Omit<FollowerOptions, 'begins' | 'missed'> {
  from: 'start' | 'end'
  /** `since`: µs since the epoch. */
  lost(count: number | undefined, reason: string, since?: number): void
  fault(path: string, error: unknown): void
  /** Stores the position now. */
  keep(): Promise<void>
  /** Called when there may be something to read. */
  due(follower: Follower): void
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
    this.#follower = {
      ...options,
      begins: (follower) => this.#begins(follower),
      missed: ({ path, verified }, from, to) => this.#lost(verified, missedBytes(path, from, to)),
    }
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
      const follower = await this.#resumeFile(file)
      if (follower) streams.set(file.stream, follower)
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
   * Looks whether the files have the same content. Returns false if one has not. Then it is known how much of it was not
   * read.
   */
  async look(followers: Iterable<Follower>): Promise<boolean> {
    let isSteady = true
    for (const follower of [...followers]) {
      if (follower.isGone) continue
      const isSame = await follower.look().catch((error: unknown) => {
        this.#options.fault(follower.path, error)
        return true
      })
      if (!isSame) await this.truncated(follower)
      isSteady &&= isSame
    }
    return isSteady
  }

  /**
   * The content of the file has disappeared. The unread part may be in a copy, since some programs rotate files in this
   * way; otherwise it is lost.
   */
  async truncated(follower: Follower): Promise<void> {
    this.#lostName(follower)
    if (!(await this.#continueInCopy(follower))) {
      follower.abandon()
      // Files that wait for others would become many, if each content waited that has nothing left.
      if (follower.isEmptyHanded) {
        follower.reportMissed()
        await this.drop(follower)
        return
      }
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
    const names = new Set(files.map(({ path }) => path))
    const awaited = new Set([...this.all].map(({ after }) => after))
    for (const follower of this.all) {
      // The search may have come between two files of that name, and the first of them had it when the search began.
      if (!names.has(follower.path)) follower.named ??= this.#seen
      if (follower.isAside) {
        if (!awaited.has(follower)) left.set(follower.path, follower)
        continue
      }
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
    for (const { id, isGone } of this.all) if (id === file.id && !isGone) return true
    return false
  }

  async #followNew(file: FoundFile, before: Follower | undefined): Promise<void> {
    if (this.#first) {
      await this.#follow(file, { offset: this.#options.from === 'end' ? file.size : 0 })
      return
    }
    // The rest of a file may be read long after others have had its name, but until the last search it had the name itself.
    const { verified = Infinity, named = Infinity, born = 0 } = before ?? {}
    // Files that were made before the last one that is known have been read, and perhaps closed.
    const unseen = Math.max(named, born + CLOCK_SLACK_MS)
    const since = Math.min(verified, unseen, this.#gone.get(file.path) ?? Infinity, this.#seen)
    this.#gone.delete(file.path)
    for (const follower of this.all) if (follower.path === file.path) follower.named = undefined
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

  async #resumeFile(file: FollowedPosition): Promise<Follower | undefined> {
    const { path, offset, verified } = file
    const size = Math.max(file.size ?? 0, offset + (file.ahead ?? 0))
    const follower = file.gone ? undefined : await this.#openAnywhere(file)
    if (follower && (await follower.look().catch(() => false))) return follower
    if (follower && (await this.#continueInCopy(follower))) return follower
    this.#gone.set(path, Math.min(file.since ?? verified, verified))
    if (follower) await this.drop(follower)
    if (!file.gone) this.#lost(verified, unknownBytes(path, offset, size, follower !== undefined))
    else if (size > offset) this.#lost(verified, missedBytes(path, offset, size))
    return undefined
  }

  /** Files that had the name before it are found when the next one begins. */
  #lostName({ path, since, verified, mode }: Follower): void {
    if (mode !== 'live') return
    this.#gone.set(path, Math.min(since ?? verified, verified, this.#gone.get(path) ?? Infinity))
  }

  async #continueInCopy(follower: Follower): Promise<boolean> {
    const copy = await this.#findCopy(follower)
    if (copy === undefined) return false
    this.#rememberCopy(copy.found)
    for (const other of this.all) if (other.id === copy.found.id) await this.drop(other)
    await follower.continueIn(copy.file, copy.found)
    return true
  }

  #lost(verified: number, reason: string): void {
    this.#options.lost(undefined, reason, verified * 1000)
  }

  async #findCopy(follower: Follower): Promise<Copy | undefined> {
    if (follower.print.length === 0) return undefined
    const busy = new Set([...this.all].filter(({ next }) => next > 0).map(({ id }) => id))
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const copies = possibleCopies(follower.path).sort((a, b) => b.born - a.born)
      let steady = true
      for (const sibling of copies) {
        // Older ones are copies of earlier contents. To make a copy takes time, and it may be some time before the truncation.
        if (Math.max(sibling.born, sibling.written) < follower.verified - COPY_SLACK_MS) continue
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
      if (!(await other.look())) return true
    }
    return false
  }

  #rememberCopy(copy: { id: string; born: number }): void {
    this.#copies.add(identityOf(copy))
    if (this.#copies.size > MAX_COPIES) deleteOldest(this.#copies)
  }
}
