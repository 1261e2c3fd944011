import { type FileHandle, open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client, EventBatch } from '../../../../client/api.js'
import { OutputStream } from '../../../terminal/output-stream.js'
import { EventFileWriter, unwritable } from '../event-file-writer.js'
import type { Part } from './manifest.js'

/** A part is complete at about this size; a backup that is interrupted loses at most one. */
const PART_BYTES = 64 * 1024 * 1024
export const PARTIAL = '.partial'

/** Writes events into one file of a backup, which gets its name when it is complete and on disk. */
export class PartWriter {
  readonly #folder: string
  readonly #name: string
  readonly #file: FileHandle
  readonly #writer: EventFileWriter
  readonly #first: number
  #last = 0

  private constructor(folder: string, name: string, file: FileHandle, client: Client, first: number) {
    this.#folder = folder
    this.#name = name
    this.#file = file
    this.#first = first
    const target = new OutputStream(file.createWriteStream({ autoClose: false }))
    this.#writer = new EventFileWriter(target, client, { storedOnly: true, hashed: true })
  }

  static async begin(folder: string, first: number, client: Client): Promise<PartWriter> {
    const name = `events-${String(first).padStart(16, '0')}.tocsin`
    const file = await written(() => open(join(folder, name + PARTIAL), 'w', 0o600))
    return new PartWriter(folder, name, file, client, first)
  }

  get isFull(): boolean {
    return this.#writer.bytes >= PART_BYTES
  }

  async add(batch: EventBatch): Promise<void> {
    await this.#writer.add(batch)
    if (this.#writer.isDone) await this.#writer.finish()
    this.#last = batch.lastSeq
  }

  async finish(): Promise<Part> {
    const path = join(this.#folder, this.#name)
    await this.#writer.finish()
    await written(async () => {
      await this.#file.sync()
      await this.#file.close()
      await rename(path + PARTIAL, path)
      const folder = await open(this.#folder)
      await folder.sync().finally(() => folder.close())
    })
    const { events, bytes, sha256 } = this.#writer
    return { file: this.#name, first: this.#first, last: this.#last, events, bytes, sha256 }
  }

  async abandon(): Promise<void> {
    await this.#file.close()
  }
}

async function written<Result>(write: () => Promise<Result>): Promise<Result> {
  try {
    return await write()
  } catch (error) {
    throw unwritable(error)
  }
}
