import { readChecked, writeChecked, writeCheckedNow } from '../../storage/checked-file.js'

/** Larger than the records of 100,000 segments. */
const MAX_BYTES = 32 * 1024 * 1024

/** The records of the meta file by name. */
export type MetaRecords = Map<string, unknown>

/** A copy of the records of the meta file, from which a damaged one is made anew. */
export class MetaCopy {
  readonly #path: string
  #waiting: MetaRecords | undefined
  #writing: Promise<void> | undefined

  constructor(path: string) {
    this.#path = path
  }

  /** Returns the records; undefined if there is no sound copy. */
  read(): MetaRecords | undefined {
    const records = readChecked(this.#path, MAX_BYTES)
    return records && new Map(Object.entries(records))
  }

  /** Writes a copy that is on the disk when it returns. */
  writeNow(records: MetaRecords): void {
    writeCheckedNow(this.#path, Object.fromEntries(records))
  }

  /** Writes a copy soon. A copy that cannot be written is older than the meta file, which is allowed for. */
  write(records: MetaRecords): void {
    this.#waiting = records
    this.#writing ??= this.#writeWaiting().finally(() => {
      this.#writing = undefined
    })
  }

  /** Resolves when no write is under way. */
  async idle(): Promise<void> {
    await this.#writing
  }

  async #writeWaiting(): Promise<void> {
    for (let records = this.#take(); records !== undefined; records = this.#take()) {
      await writeChecked(this.#path, Object.fromEntries(records)).catch(() => undefined)
    }
  }

  #take(): MetaRecords | undefined {
    const records = this.#waiting
    this.#waiting = undefined
    return records
  }
}
