import { type FileHandle, stat } from 'node:fs/promises'
import { lengthOf } from '../event-json.js'
import { openOwn } from './open-own.js'

const STEP = 64 * 1024
/** Bytes at the end of a file in which a hole is looked for. */
const MOST_UNFLUSHED = 4 * 1024 * 1024
const NEWLINE = 0x0a

/** A file to which whole lines are appended. */
export class LineFile {
  readonly #handle: FileHandle
  readonly #inode: number
  size: number
  /** When its first line was written, as far as that is known, ms since the epoch. */
  readonly begun: number

  private constructor(handle: FileHandle, inode: number, size: number, begun: number) {
    this.#handle = handle
    this.#inode = inode
    this.size = size
    this.begun = begun
  }

  /** Opens or creates it. What a crash or a loss of power has left at its end is removed: these events come again. */
  static async open(path: string, now: number): Promise<LineFile> {
    const handle = await openOwn(path)
    try {
      const { size, ino, birthtimeMs } = await handle.stat()
      const whole = await endOfLines(handle, await startOfHole(handle, size))
      if (whole < size) await handle.truncate(whole)
      return new LineFile(handle, ino, whole, whole === 0 ? now : birthtimeMs || now)
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  /** Appends all lines or, if that fails, none. */
  async append(lines: readonly Uint8Array[], sync: boolean): Promise<void> {
    try {
      for (const part of lines) await this.#handle.appendFile(part)
      if (sync) await this.#handle.datasync()
      this.size += lengthOf(lines)
    } catch (error) {
      await this.#handle.truncate(this.size).catch(() => undefined)
      throw error
    }
  }

  /** Returns whether the path still leads to it: another program may have renamed or removed it. */
  async isAt(path: string): Promise<boolean> {
    const found = await stat(path).catch(() => undefined)
    return found?.ino === this.#inode
  }

  close(): Promise<void> {
    return this.#handle.close()
  }
}

/** The offset of the first zero near the end, which no line has: what was not flushed may be there in part. */
async function startOfHole(handle: FileHandle, size: number): Promise<number> {
  const buffer = Buffer.alloc(Math.min(STEP, size))
  for (let start = Math.max(0, size - MOST_UNFLUSHED); start < size; ) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, start)
    const at = buffer.subarray(0, bytesRead).indexOf(0)
    if (at >= 0) return start + at
    if (bytesRead === 0) break
    start += bytesRead
  }
  return size
}

/** The offset after the last newline. */
async function endOfLines(handle: FileHandle, size: number): Promise<number> {
  const buffer = Buffer.alloc(Math.min(STEP, size))
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - STEP)
    const { bytesRead } = await handle.read(buffer, 0, end - start, start)
    const at = buffer.subarray(0, bytesRead).lastIndexOf(NEWLINE)
    if (at >= 0) return start + at + 1
    end = start
  }
  return 0
}
