import { createHash, type Hash } from 'node:crypto'
import { type FileHandle, open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { TocsinError } from '../../event/errors.js'
import type { Part } from './manifest.js'

/** A part is complete at about this size; a backup that is cut off loses at most one. */
const PART_BYTES = 64 * 1024 * 1024
export const PARTIAL = '.partial'

/** Writes frames into one file of a backup, which gets its name when it is complete and on the disk. */
export class PartWriter {
  readonly #folder: string
  readonly #name: string
  readonly #file: FileHandle
  readonly #hash: Hash = createHash('sha256')
  readonly #first: number
  #last = 0
  #events = 0
  #bytes = 0

  private constructor(folder: string, name: string, file: FileHandle, first: number) {
    this.#folder = folder
    this.#name = name
    this.#file = file
    this.#first = first
  }

  static async begin(folder: string, first: number, welcome: Uint8Array): Promise<PartWriter> {
    const name = `events-${String(first).padStart(16, '0')}.tocsin`
    const file = await written(() => open(join(folder, name + PARTIAL), 'w', 0o600))
    const part = new PartWriter(folder, name, file, first)
    await part.#write(welcome)
    return part
  }

  get isFull(): boolean {
    return this.#bytes >= PART_BYTES
  }

  async add(frames: Uint8Array, count: number, last: number): Promise<void> {
    await this.#write(frames)
    this.#events += count
    this.#last = last
  }

  async finish(): Promise<Part> {
    const path = join(this.#folder, this.#name)
    await written(async () => {
      await this.#file.sync()
      await this.#file.close()
      await rename(path + PARTIAL, path)
      const folder = await open(this.#folder)
      await folder.sync().finally(() => folder.close())
    })
    return {
      file: this.#name,
      first: this.#first,
      last: this.#last,
      events: this.#events,
      bytes: this.#bytes,
      sha256: this.#hash.digest('hex'),
    }
  }

  async abandon(): Promise<void> {
    await this.#file.close()
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.#hash.update(bytes)
    this.#bytes += bytes.length
    await written(() => this.#file.writeFile(bytes))
  }
}

async function written<Result>(write: () => Promise<Result>): Promise<Result> {
  try {
    return await write()
  } catch (error) {
    throw new TocsinError('TCN_FILE_UNWRITABLE', (error as Error).message, { cause: error })
  }
}
