import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { codeOf, messageOf } from '../../../../errors/thrown.js'
import { TocsinError } from '../../../../errors/tocsin-error.js'
import { isCursor } from '../../../../event/cursor.js'

/** The target and filter that a position belongs to; it has no meaning for others. */
export interface ForwardIdentity {
  to: string
  filter: string
}

interface State extends ForwardIdentity {
  version: 1
  cursor: string
}

const SAVE_EVERY_MS = 1000

/** Keeps in a file how far everything is delivered. */
export class StateFile {
  readonly #path: string
  readonly #identity: ForwardIdentity
  #cursor: string | undefined
  #saved: string | undefined
  #due = 0

  /** Throws where the file is of another forward, or is none. */
  constructor(path: string, identity: ForwardIdentity) {
    this.#path = path
    this.#identity = identity
    this.#cursor = this.#read()
    this.#saved = this.#cursor
  }

  get cursor(): string | undefined {
    return this.#cursor
  }

  /** Everything up to here is delivered. */
  reached(cursor: string): void {
    this.#cursor = cursor
    if (performance.now() >= this.#due) this.save()
  }

  save(): void {
    const cursor = this.#cursor
    if (cursor === undefined || cursor === this.#saved) return
    const state: State = { version: 1, ...this.#identity, cursor }
    try {
      writeWhole(this.#path, `${JSON.stringify(state)}\n`)
    } catch (error) {
      throw new TocsinError('TCN_FILE_UNWRITABLE', messageOf(error), { cause: error })
    }
    this.#saved = cursor
    this.#due = performance.now() + SAVE_EVERY_MS
  }

  #read(): string | undefined {
    let text: string
    try {
      text = readFileSync(this.#path, 'utf8')
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined
      throw new TocsinError('TCN_FILE_UNREADABLE', messageOf(error), { cause: error })
    }
    const { cursor, to, filter } = parseState(text)
    if (!isCursor(cursor))
      throw new TocsinError('TCN_INPUT_INVALID', `${this.#path} is not a state file of tocsin forward`)
    if (to === this.#identity.to && filter === this.#identity.filter) return cursor
    throw new TocsinError('TCN_USAGE', `${this.#path} belongs to a forward of ${filter} to ${to}`)
  }
}

function parseState(text: string): Record<keyof State, string> {
  try {
    return JSON.parse(text) ?? {}
  } catch {
    return {} as Record<keyof State, string>
  }
}

/** The old content or the new one, whatever happens. */
export function writeWhole(path: string, text: string): void {
  const fresh = `${path}.new`
  const file = openSync(fresh, 'w', 0o600)
  try {
    writeSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(fresh, path)
}
