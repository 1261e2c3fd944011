import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CommitFiles, CommitRecord, PendingCommit } from '../../config/commits/records.js'
import { codeOf, messageOf } from '../../errors/thrown.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import { removeFile, replaceFile } from './replace-file.js'

const RECORD = /^(\d{1,15})\.json$/

/** The configuration file. `path` is where it is written if there is none yet. */
export interface ConfigFile {
  path: string
  read(): string
}

/**
 * The configuration file, and a folder with what its commits leave beside it: `running.yaml`, the text in force;
 * `pending.json`, a commit that is not final; and for each commit `<number>.yaml`, the text before it, and
 * `<number>.json`, who made it, when and why.
 */
export class CommitFolder implements CommitFiles {
  readonly #file: ConfigFile
  readonly #folder: string

  constructor(file: ConfigFile, folder: string) {
    this.#file = file
    this.#folder = folder
  }

  readConfig(): string {
    return this.#file.read()
  }

  writeConfig(text: string): Promise<void> {
    return replaceFile(this.#file.path, text)
  }

  readRunning(): string | undefined {
    return readText(this.#path('running.yaml'))
  }

  writeRunning(text: string): Promise<void> {
    return replaceFile(this.#path('running.yaml'), text)
  }

  readPending(): PendingCommit | undefined {
    const path = this.#path('pending.json')
    const text = readText(path)
    try {
      return text === undefined ? undefined : (JSON.parse(text) as PendingCommit)
    } catch (thrown) {
      throw unreadable(path, thrown)
    }
  }

  writePending(pending: PendingCommit): Promise<void> {
    return replaceFile(this.#path('pending.json'), JSON.stringify(pending))
  }

  removePending(): Promise<void> {
    return removeFile(this.#path('pending.json'))
  }

  readCommits(): CommitRecord[] {
    if (!existsSync(this.#folder)) return []
    return readdirSync(this.#folder)
      .flatMap((name) => RECORD.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b)
      .flatMap((number) => this.#readRecord(number) ?? [])
  }

  async writeCommit(record: CommitRecord, before: string): Promise<void> {
    await replaceFile(this.#path(`${record.number}.yaml`), before)
    await this.updateCommit(record)
  }

  updateCommit(record: CommitRecord): Promise<void> {
    return replaceFile(this.#path(`${record.number}.json`), `${JSON.stringify(record, null, 2)}\n`)
  }

  async removeCommit(number: number): Promise<void> {
    await removeFile(this.#path(`${number}.json`))
    await removeFile(this.#path(`${number}.yaml`))
  }

  readBefore(number: number): string {
    const text = readText(this.#path(`${number}.yaml`))
    if (text !== undefined) return text
    throw new TocsinError('TCN_CONFIG_NO_COMMIT', `the text before commit ${number} is gone`)
  }

  /** A record that is damaged is left out: only that commit cannot be undone any more. */
  #readRecord(number: number): CommitRecord | undefined {
    try {
      const record = JSON.parse(readText(this.#path(`${number}.json`)) ?? '') as CommitRecord
      return record.number === number ? record : undefined
    } catch {
      return undefined
    }
  }

  #path(name: string): string {
    return join(this.#folder, name)
  }
}

function readText(path: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path))
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return undefined
    throw unreadable(path, thrown)
  }
}

function unreadable(path: string, thrown: unknown): TocsinError {
  return new TocsinError('TCN_CONFIG_UNREADABLE', `${path}: ${messageOf(thrown)}`, { cause: thrown })
}
