import { isUtf8 } from 'node:buffer'
import { constants, readSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { TrustedPlace } from '../../config/trusted-file.js'
import type { Runtime } from '../../event/runtime.js'
import type { HostFileLine } from '../../types/host/files.js'
import type { StreamCounter } from '../source.js'
import { type Line, LineSplitter } from '../text/line-splitter.js'
import type { RecordJoiner } from '../text/record-joiner.js'
import { type FileStat, type Fingerprint, fileStat } from './file-identity.js'
import { type ContentPosition, SeenContent, type Sight } from './seen-content.js'

const LINES_PER_STEP = 1_000
/** A file that has lost its name is closed after this time without new data, since its writer may notice late. */
const QUIET_RENAMED_MS = 60_000
const QUIET_DELETED_MS = 5_000

/** A line as it was read. */
export type FileLine = HostFileLine & { line: string }

/** The position in a file: everything before `offset` is published. */
export interface FollowedPosition extends ContentPosition {
  path: string
  id: string
  /** Name of the content of this file, by which the hub recognises repeated lines. */
  stream: string
  offset: number
  /** The beginning of the line at `offset` was published. */
  continued: boolean
  /** Set while nothing is read: other files may have had the name since this time, ms since the epoch. */
  since?: number
  /** `stream` of the file that must be read to its end before this one. */
  after?: string
  /** The file has other content by now. */
  gone?: true
  /** When its name was found last, ms since the epoch; set while no file has the name. */
  named?: number
}

export interface FollowerOptions {
  runtime: Runtime
  /** Follows links of any owner. */
  followLinks?: boolean
  maxLine: number
  /** ms */
  partialAfter: number
  /** Joins lines that belong together; one for each file. */
  joiner?(): RecordJoiner
  /** `first` returns the first line of the file, at most `maxLine` bytes. */
  publish(data: FileLine, counter: StreamCounter, first: () => string | undefined): boolean
  /** Called when bytes of the content can no longer be read: those from one offset to another, and perhaps later ones. */
  missed(follower: Follower, from: number, to: number): void
  /** Null bytes were skipped at the beginning of a line. */
  skipped?(bytes: number): void
  /**
   * Called when the file is seen empty for the first time, and when its first bytes have arrived. `copy`: they come from
   * another file; `later`: other files come first.
   */
  begins(follower: Follower): Promise<'now' | 'later' | 'copy'>
}

/**
 * more: there may be more to read · later: other files come first · idle: read to the end ·
 * refused: the hub accepts no events · truncated: the content has disappeared · copy: the content is that of another
 * file · done: everything is published, and the file can be closed
 */
export type Step = 'more' | 'later' | 'idle' | 'refused' | 'truncated' | 'copy' | 'done'

/**
 * live: the file has its name · leaving: it has lost its name, but may still be written · rest: it is read to its end
 * and then over · over: nothing more is read
 */
type Mode = 'live' | 'leaving' | 'rest' | 'over'

/** Publishes the lines of one content of a file from a position on. */
export class Follower {
  path: string
  id: string
  born: number
  readonly stream: string
  /** The file whose lines come first. */
  after: Follower | undefined
  /** See `FollowedPosition`. */
  since: number | undefined
  named: number | undefined
  #seenEmpty = false
  #begun: boolean
  /** The file has other content by now. */
  isGone = false
  /** The file has been read to its end; if it lost its name, after that. */
  caughtUp = false
  #file: FileHandle
  readonly #options: FollowerOptions
  readonly #splitter: LineSplitter
  readonly #joiner: RecordJoiner | undefined
  readonly #content: SeenContent
  #mode: Mode = 'live'
  /** A line that was read and that the hub has not accepted yet. */
  #refused: Line | undefined
  #undrained = false
  #touched: number

  private constructor(file: FileHandle, born: number, position: FollowedPosition, options: FollowerOptions) {
    this.#file = file
    this.#options = options
    this.born = born
    this.path = position.path
    this.id = position.id
    this.stream = position.stream
    this.since = position.since
    this.named = position.named
    const { offset, continued, print } = position
    this.#begun = offset > 0 || (print.length > 0 && position.since === undefined)
    this.#content = new SeenContent(position, {
      now: () => options.runtime.now() / 1000,
      shrank: (from, to) => options.missed(this, from, to),
    })
    this.#splitter = new LineSplitter(options.maxLine, offset, continued, { skipsNul: true })
    this.#joiner = options.joiner?.()
    this.#touched = options.runtime.monotonic()
  }

  /** Returns undefined if the file at `path` is not the one of the position. */
  static async open(position: FollowedPosition, options: FollowerOptions): Promise<Follower | undefined> {
    const file = await openToRead(position.path, options.followLinks)
    const found = fileStat(await file.stat({ bigint: true }))
    if (found?.id !== position.id) {
      await file.close()
      return undefined
    }
    const follower = new Follower(file, found.born, position, options)
    // Before its turn comes, it may lose what it has now.
    if (position.print.length === 0) await follower.look()
    return follower
  }

  get mode(): Mode {
    return this.#mode
  }

  /** True if it reads or publishes the rest of a content that its file no longer has. */
  get isAside(): boolean {
    return this.isGone || this.#mode === 'rest'
  }

  /** Offset of the next byte to read. */
  get next(): number {
    return this.#splitter.next
  }

  get verified(): number {
    return this.#content.verified
  }

  get print(): Fingerprint {
    return this.#content.print
  }

  get file(): FileHandle {
    return this.#file
  }

  /** True if it waits for time to pass: for the end of a line, or for the writer to finish. */
  get waiting(): boolean {
    return this.#mode !== 'live' || this.#splitter.pending > 0 || this.#joiner?.pending !== undefined
  }

  /** True if it has nothing to publish unless it reads more: a piece of a line is lost with the rest of it. */
  get isEmptyHanded(): boolean {
    const hasPiece = this.#splitter.pending > 0 && !this.#isUnread
    return !this.#undrained && !this.#refused && !this.#joiner?.pending && !hasPiece
  }

  get #isUnread(): boolean {
    return this.#content.size > this.next
  }

  /** True if bytes in the buffer are not published yet. */
  get undrained(): boolean {
    return this.#undrained
  }

  get offset(): number {
    return (this.#refused ?? this.#joiner?.pending ?? this.#splitter).start
  }

  position(): FollowedPosition {
    const { path, id, stream, since, offset, named } = this
    const { continued } = this.#refused ?? this.#joiner?.pending ?? this.#splitter
    const after = this.after?.caughtUp === false ? this.after.stream : undefined
    // Once part of the file is published, files that lose the name now come after it.
    const open = offset === 0 ? since : undefined
    const content = this.#content.position(offset, this.next)
    const gone = this.isGone ? true : undefined
    return { path, id, stream, offset, continued, ...content, since: open, after, gone, named }
  }

  /** Returns whether the file still has the same content. */
  look(): Promise<boolean> {
    return this.#content.look(this.#file, this.next)
  }

  /** Returns whether the other file has all that was read of this one. */
  isIn(file: FileHandle): Promise<boolean> {
    return this.#content.isIn(file, this.next)
  }

  leave(): void {
    if (this.#mode !== 'live') return
    this.#mode = 'leaving'
    this.#touched = this.#options.runtime.monotonic()
  }

  comeBack(path: string): void {
    this.path = path
    if (this.#mode === 'leaving') this.#mode = 'live'
  }

  /** Publishes the lines that are read, and then is done: the file has other content, and nothing has this one. */
  abandon(): void {
    this.isGone = true
    this.#mode = 'over'
    this.caughtUp = false
  }

  /** Reads the rest from a copy of the former content. */
  async continueIn(copy: FileHandle, { id, born }: FileStat): Promise<void> {
    await this.#file.close()
    this.#file = copy
    this.id = id
    this.born = born
    this.#content.continueInCopy()
    this.#mode = 'rest'
    this.caughtUp = false
  }

  async close(): Promise<void> {
    await this.#file.close()
  }

  async step(buffer: Uint8Array): Promise<Step> {
    const drained = this.#drain()
    if (drained) return drained
    if (this.#mode === 'over') return this.#finish()
    const sight = await this.#content.read(this.#file, buffer, this.next)
    if (sight === undefined) return 'truncated'
    const { chunk, stats } = sight
    const turn = await this.#begin(sight)
    if (turn !== 'now') return turn
    if (chunk.length === 0) return this.#atEnd(stats)
    this.#touched = this.#options.runtime.monotonic()
    this.#content.take(buffer, sight)
    this.#splitter.feed(chunk)
    this.#undrained = true
    return this.#drain() ?? 'more'
  }

  async #begin({ chunk }: Sight): Promise<'now' | 'later' | 'copy'> {
    if (this.#begun || (this.#seenEmpty && chunk.length === 0)) return 'now'
    this.#seenEmpty = true
    const turn = await this.#options.begins(this)
    this.#begun = chunk.length > 0
    return turn
  }

  #atEnd({ links }: FileStat): Step {
    this.caughtUp = true
    const quiet = this.#options.runtime.monotonic() - this.#touched
    const patience = links === 0 ? QUIET_DELETED_MS : QUIET_RENAMED_MS
    if (this.#mode === 'rest' || (this.#mode === 'leaving' && quiet >= patience)) {
      this.#mode = 'over'
      return this.#finish()
    }
    if (this.#splitter.pending > 0 && quiet >= this.#options.partialAfter)
      return this.#publishRest() ?? 'idle'
    if (this.#splitter.pending === 0 && quiet >= (this.#joiner?.wait ?? 0))
      return this.#publishRecord() ?? 'idle'
    return 'idle'
  }

  #finish(): Step {
    const left = this.#isUnread ? this.#publishRecord() : this.#publishRest()
    if (left !== undefined) return left
    this.caughtUp = true
    this.reportMissed()
    return 'done'
  }

  /** Reports the bytes that can no longer be read. */
  reportMissed(): void {
    if (this.#isUnread) this.#options.missed(this, this.#splitter.start, this.#content.size)
  }

  #publishRest(): 'refused' | undefined {
    const rest = this.#splitter.rest()
    const line = rest && this.#joiner ? this.#joiner.add(rest) : rest
    return this.#publishOrKeep(line) ?? this.#publishRecord()
  }

  /** Publishes the record that waits for its next line. */
  #publishRecord(): 'refused' | undefined {
    return this.#publishOrKeep(this.#joiner?.flush())
  }

  #publishOrKeep(line: Line | undefined): 'refused' | undefined {
    if (!line || this.#publish(line)) return undefined
    this.#refused = line
    return 'refused'
  }

  /** Publishes the bytes that were read. Undefined if all of them are published. */
  #drain(): 'refused' | 'more' | undefined {
    for (let count = 0; count < LINES_PER_STEP; count++) {
      const line = this.#refused ?? this.#nextLine()
      if (!line) {
        this.#undrained = false
        this.#reportSkipped()
        return undefined
      }
      this.#refused = this.#publish(line) ? undefined : line
      if (this.#refused) return 'refused'
    }
    return 'more'
  }

  #reportSkipped(): void {
    const { skipped } = this.#splitter
    if (skipped > 0) this.#options.skipped?.(skipped)
    this.#splitter.skipped = 0
  }

  /** Returns the next complete line, or record, of the bytes that were read. */
  #nextLine(): Line | undefined {
    if (!this.#undrained) return undefined
    const line = this.#splitter.line()
    if (!this.#joiner) return line
    for (let next = line; next; next = this.#splitter.line()) {
      const record = this.#joiner.add(next)
      if (record) return record
    }
    return undefined
  }

  #publish(line: Line): boolean {
    const counter = { stream: this.stream, counter: line.end }
    return this.#options.publish(fileLine(this.path, line), counter, () => this.#firstLine())
  }

  #firstLine(): string | undefined {
    const buffer = Buffer.alloc(this.#options.maxLine)
    const length = readSync(this.#file.fd, buffer, 0, buffer.length, 0)
    const end = buffer.subarray(0, length).indexOf('\n')
    return end === -1 ? undefined : buffer.toString('utf8', 0, end)
  }
}

/** The data of a line before it is parsed. */
export function fileLine(file: string, { bytes, length, start, partial, continued }: Line): FileLine {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const data: FileLine = { file, line: buffer.toString('utf8'), offset: start }
  // A cut may divide a character, which does not mean that the file is not UTF-8.
  if (!isUtf8(buffer) && !(length > bytes.length && isUtf8(wholeCharacters(buffer))))
    data.bytes = Uint8Array.from(bytes)
  if (length > bytes.length) data.cut = length
  if (partial) data.partial = true
  if (continued) data.continued = true
  return data
}

function wholeCharacters(bytes: Buffer): Buffer {
  let end = bytes.length
  while (end > 0 && end > bytes.length - 3 && (bytes[end - 1] & 0xc0) === 0x80) end--
  return end > 0 && bytes[end - 1] >= 0xc0 ? bytes.subarray(0, end - 1) : bytes
}

/**
 * Opens a file for reading, without waiting if the path has become a pipe. Between the search and this, somebody may have
 * put a link there, so those of others are found again.
 */
export async function openToRead(path: string, followLinks = false): Promise<FileHandle> {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK
  if (followLinks) return open(path, flags)
  using place = TrustedPlace.find(path)
  return await open(place.path, flags | place.flags).catch((thrown) => {
    throw place.renamed(thrown)
  })
}
