import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { crc32 } from 'node:zlib'
import { syncFolder } from '../../storage/folder.js'

/** Larger than the records of 100,000 segments. */
const MAX_BYTES = 32 * 1024 * 1024

/** The records of the meta file by name. */
export type MetaRecords = Map<string, unknown>

/**
 * A copy of the records of the meta file, from which a damaged one is made anew: JSON, with its checksum on a second
 * line. It is replaced as a whole.
 */
export class MetaCopy {
  readonly #path: string
  #waiting: MetaRecords | undefined
  #writing: Promise<void> | undefined

  constructor(path: string) {
    this.#path = path
  }

  /** Returns the records; undefined if there is no sound copy. */
  read(): MetaRecords | undefined {
    try {
      const [json, checksum] = readFileSync(this.#path, 'utf8').slice(0, MAX_BYTES).split('\n')
      if (checksum !== checksumOf(json)) return undefined
      return new Map(Object.entries(JSON.parse(json)))
    } catch {
      return undefined
    }
  }

  /** Writes a copy that is on the disk when it returns. */
  writeNow(records: MetaRecords): void {
    // Under another name than the write that may be under way.
    const now = `${this.#path}.now`
    const file = openSync(now, 'w', 0o600)
    try {
      writeSync(file, textOf(records))
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(now, this.#path)
    syncFolder(dirname(this.#path))
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
      await this.#replace(textOf(records)).catch(() => undefined)
    }
  }

  #take(): MetaRecords | undefined {
    const records = this.#waiting
    this.#waiting = undefined
    return records
  }

  async #replace(text: string): Promise<void> {
    const file = await open(this.#next, 'w', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(this.#next, this.#path)
  }

  get #next(): string {
    return `${this.#path}.new`
  }
}

function textOf(records: MetaRecords): string {
  const json = JSON.stringify(Object.fromEntries(records))
  return `${json}\n${checksumOf(json)}\n`
}

function checksumOf(json: string): string {
  return crc32(json).toString(16).padStart(8, '0')
}
