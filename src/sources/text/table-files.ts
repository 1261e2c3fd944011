import { stat } from 'node:fs/promises'
import { readTrusted } from '../../config/trusted-file.js'
import { messageOf } from '../../errors/thrown.js'
import type { Cancel, Runtime } from '../../event/runtime.js'
import { MAX_TABLE_BYTES, readTable, type TableValues } from './read-table.js'
import type { LookupTable } from './transform.js'

/** Time between two looks at the files. */
const CHECK_MS = 5_000

export interface TableContext {
  readonly runtime: Pick<Runtime, 'after' | 'random'>
  /** Does all steps, between which other work continues. */
  run<Result>(steps: Generator<undefined, Result>): Promise<Result>
}

/** The tables of the lookups of a source, read again when their files change. */
export class TableFiles {
  readonly #files = new Map<string, TableFile>()
  #next: Cancel | undefined
  #stopped = false

  /** Returns the table of a file, which is empty until it is read. */
  table(path: string): LookupTable {
    const known = this.#files.get(path) ?? new TableFile(path)
    this.#files.set(path, known)
    return known
  }

  /** Resolves when all files are read, or cannot be. */
  async start(context: TableContext): Promise<void> {
    if (this.#files.size === 0) return
    for (const file of this.#files.values()) await file.refresh(context)
    if (!this.#stopped) this.#next = context.runtime.after(CHECK_MS, () => void this.start(context))
  }

  stop(): void {
    this.#stopped = true
    this.#next?.()
  }

  /** Why a file cannot be read, or could not be read again. */
  get fault(): string | undefined {
    for (const { fault } of this.#files.values()) if (fault !== undefined) return fault
    return undefined
  }

  /** The number of keys of each file. */
  get sizes(): Record<string, number> {
    return Object.fromEntries([...this.#files].map(([path, { size }]) => [path, size]))
  }
}

/** One table. If its file can no longer be read, it stays as it was. */
class TableFile implements LookupTable {
  fault: string | undefined
  readonly #path: string
  #values: TableValues = new Map()
  /** Differs when the file has changed. */
  #version = ''

  constructor(path: string) {
    this.#path = path
  }

  get size(): number {
    return this.#values.size
  }

  get(key: string): unknown {
    return this.#values.get(key)
  }

  async refresh({ runtime, run }: TableContext): Promise<void> {
    try {
      const before = this.#version
      this.#version = ''
      // A file with a fault is read again when it has changed, or was missing.
      this.#version = await versionOf(this.#path)
      if (this.#version === before) return
      const bytes = readTrusted(this.#path, MAX_TABLE_BYTES)
      this.#values = await run(readTable(this.#path, bytes, runtime))
      this.fault = undefined
    } catch (error) {
      this.fault = `the table ${this.#path} cannot be read: ${messageOf(error)}`
    }
  }
}

async function versionOf(path: string): Promise<string> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true })
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ')
}
