import type { FileHandle } from 'node:fs/promises'
import {
  type FileStat,
  type Fingerprint,
  fileStat,
  fingerprintOf,
  hashOf,
  matchFingerprint,
} from './file-identity.js'

/** Bytes before the next one to read. Other content may begin in the same way, but rarely has the same bytes there. */
const TAIL_BYTES = 64
const TAIL_HASH = 8

/** The part of a position that tells the content of a file from another one. */
export interface ContentPosition {
  print: Fingerprint
  /** When the content was last verified to be the same, ms since the epoch. */
  verified: number
  /** Hash of the bytes that were read last. */
  tail?: string
  /** Bytes that were read after the offset of the position. */
  ahead?: number
  /** Its size when it was seen last, if that is more than was read. */
  size?: number
}

/** Bytes that follow, and the file at that time. */
export interface Sight {
  chunk: Uint8Array
  stats: FileStat
}

/**
 * The content of a file as it was seen last. The file has other content if it is shorter than what was read of it, begins
 * otherwise, or has other bytes before the next one to read.
 */
export class SeenContent {
  readonly #now: () => number
  readonly #shrank: (from: number, to: number) => void
  #print: Fingerprint
  #verified: number
  #size: number
  #tail: Uint8Array = new Uint8Array(0)
  #tailHash: string | undefined
  /** The end of what an earlier run of the source has read. */
  #stored: { end: number; hash: string } | undefined
  /** `FileStat.changed` when the content was compared last. */
  #compared: bigint | undefined
  #isCopy = false

  /** `now`: ms since the epoch. `shrank` is called if bytes at the end, which were not read, have been cut away. */
  constructor(
    { offset, print, verified, tail, ahead = 0, size = 0 }: ContentPosition & { offset: number },
    { now, shrank }: { now: () => number; shrank: (from: number, to: number) => void },
  ) {
    this.#now = now
    this.#shrank = shrank
    this.#print = print
    this.#verified = verified
    const end = offset + ahead
    this.#size = Math.max(size, end)
    if (tail !== undefined) this.#stored = { end, hash: tail }
  }

  get print(): Fingerprint {
    return this.#print
  }

  get verified(): number {
    return this.#verified
  }

  /** Its size when it was seen last. */
  get size(): number {
    return this.#size
  }

  position(offset: number, next: number): ContentPosition {
    const { length } = this.#tail
    if (length > 0) this.#tailHash ??= tailHash(this.#tail)
    return {
      print: this.#print,
      verified: this.#verified,
      tail: this.#tailHash,
      ahead: next > offset ? next - offset : undefined,
      size: this.#size > next ? this.#size : undefined,
    }
  }

  /** The file is a copy now, which may lack bytes that the original had. */
  continueInCopy(): void {
    this.#isCopy = true
    this.#compared = undefined
  }

  /** Returns whether the file still has this content. */
  async look(file: FileHandle, next: number): Promise<boolean> {
    const now = this.#now()
    const stats = await statOf(file)
    if (stats.size < next) return false
    const isFirst = this.#print.length === 0
    const isSame = stats.changed === this.#compared && stats.size === this.#size
    if (!isSame && !(await this.#compare(file, next))) return false
    const size = isFirst ? await firstSize(file, stats) : stats.size
    this.#note({ size, changed: stats.changed }, next, now)
    return true
  }

  /** Reads the bytes that follow. Undefined if the file has other content, to which these bytes may belong. */
  async read(file: FileHandle, buffer: Uint8Array, next: number): Promise<Sight | undefined> {
    const now = this.#now()
    const stats = await statOf(file)
    const { length } = this.#tail
    if (stats.size < next) return undefined
    const { bytesRead } = await file.read(buffer, 0, buffer.length, next - length)
    const chunk = buffer.subarray(length, Math.max(length, bytesRead))
    if (bytesRead < length || Buffer.compare(this.#tail, buffer.subarray(0, length)) !== 0) return undefined
    const isFirst = this.#print.length === 0
    const print = await this.#printAfter(file, chunk, next, stats)
    if (print === undefined) return undefined
    this.#print = print
    const size = isFirst ? await firstSize(file, stats) : stats.size
    this.#note({ size, changed: stats.changed }, next + chunk.length, now)
    return { chunk, stats }
  }

  /** Takes the bytes that were read last. `buffer`: that of the call of `read`. */
  take(buffer: Uint8Array, { chunk }: Sight): void {
    const end = this.#tail.length + chunk.length
    this.#tail = Uint8Array.from(buffer.subarray(Math.max(0, end - TAIL_BYTES), end))
    this.#tailHash = undefined
  }

  /** Returns whether the file has all of what was read. */
  async isIn(file: FileHandle, next: number): Promise<boolean> {
    if ((await matchFingerprint(file, this.#print)) === undefined) return false
    const { end, hash } = this.#stored ?? { end: next, hash: undefined }
    if (hash !== undefined && tailHash(await bytesBefore(file, end)) !== hash) return false
    const { length } = this.#tail
    return length === 0 || Buffer.compare(this.#tail, await bytesBefore(file, next)) === 0
  }

  /** The bytes at the beginning are compared after those that follow were read. */
  async #printAfter(file: FileHandle, chunk: Uint8Array, next: number, { changed }: FileStat) {
    if (next === 0) {
      const { length, hash } = this.#print
      const isSame = chunk.length >= length && fingerprintOf(chunk.subarray(0, length)).hash === hash
      return isSame ? fingerprintOf(chunk) : undefined
    }
    if (chunk.length === 0 && changed === this.#compared) return this.#print
    return await matchFingerprint(file, this.#print)
  }

  async #compare(file: FileHandle, next: number): Promise<boolean> {
    if (!(await this.isIn(file, next))) return false
    this.#print = (await matchFingerprint(file, this.#print)) ?? this.#print
    if (this.#tail.length === 0) this.#tail = await bytesBefore(file, next)
    this.#stored = undefined
    return true
  }

  #note({ size, changed }: Pick<FileStat, 'size' | 'changed'>, seen: number, now: number): void {
    const before = this.#size
    this.#verified = now
    this.#compared = changed
    this.#size = Math.max(size, seen, this.#isCopy ? before : 0)
    if (this.#size < before) this.#shrank(this.#size, before)
  }
}

/** The size belongs to content that is seen for the first time only if nothing has changed since. Otherwise 0. */
async function firstSize(file: FileHandle, { size, changed }: FileStat): Promise<number> {
  const later = await statOf(file)
  return later.size === size && later.changed === changed ? size : 0
}

async function statOf(file: FileHandle): Promise<FileStat> {
  const stats = fileStat(await file.stat({ bigint: true }))
  if (!stats) throw new Error('it is no longer a regular file')
  return stats
}

/** Returns the last bytes before the offset; fewer if the file is shorter. */
async function bytesBefore(file: FileHandle, end: number): Promise<Uint8Array> {
  const length = Math.min(TAIL_BYTES, end)
  const { buffer, bytesRead } = await file.read(new Uint8Array(TAIL_BYTES), 0, length, end - length)
  return buffer.subarray(0, bytesRead)
}

function tailHash(bytes: Uint8Array): string {
  return hashOf(bytes).slice(0, TAIL_HASH)
}
