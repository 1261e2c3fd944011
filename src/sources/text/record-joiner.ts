import { compileRegex } from '../../filter/regex.js'
import type { MultilineConfig, ParseConfig } from './config.js'
import { containerForms, continuesText } from './container-line.js'
import type { Line } from './line-splitter.js'

const LINE_FEED = 0x0a
const BLANK = 0x20
const TAB = 0x09
const INITIAL_BYTES = 4096
/** A buffer that a long record has made larger is not kept. */
const KEPT_BYTES = 64 * 1024

/** Runtimes cut texts of containers after 16 KiB, and write the pieces at once. */
const CONTAINER = { maxLines: 1_000, maxBytes: 1024 * 1024, wait: 500 }

export interface JoinSettings {
  readonly maxLines: number
  readonly maxBytes: number
  /** Time that a record waits for its next line, ms. */
  readonly wait: number
  /** Returns whether a line is part of the same record as the line before it. */
  belongs(line: Uint8Array, before: Uint8Array): boolean
}

/** The settings of a source that say which lines are one. */
interface JoinedText {
  readonly multiline?: MultilineConfig | undefined
  readonly parse?: readonly ParseConfig[] | undefined
}

/**
 * Returns what makes the joiner for lines; undefined if each line is whole. In files of containers, what they have written
 * decides, not the whole line.
 */
export function joinerOf({ multiline, parse = [] }: JoinedText): (() => RecordJoiner) | undefined {
  const settings = multiline && multilineSettings(multiline)
  const form = containerForms.find((each) => parse.some(({ as }) => as === each))
  if (form === undefined) return settings && (() => new RecordJoiner(settings))
  const joins = settings && ((text: string) => settings.joins(text))
  const belongs = (line: Uint8Array, before: Uint8Array) =>
    continuesText(form, textOf(line), textOf(before), joins)
  return () => new RecordJoiner({ ...CONTAINER, ...settings, belongs })
}

export function multilineSettings({ start, ...limits }: MultilineConfig): JoinSettings & {
  /** The same as `belongs`, for the text of a line. */
  joins(text: string): boolean
} {
  const starts = start === undefined ? isNotIndented : matches(start)
  return {
    ...limits,
    belongs: (line) => !starts(line),
    joins: (text) => !starts(Buffer.from(text)),
  }
}

/** Joins lines that belong together, such as a stack trace, into one line with line feeds. */
export class RecordJoiner {
  /** Time that a record waits for its next line, ms. */
  readonly wait: number
  readonly #maxLines: number
  readonly #maxBytes: number
  readonly #belongs: JoinSettings['belongs']
  /** The joined bytes, and those of the record that was returned last. */
  #bytes = new Uint8Array(INITIAL_BYTES)
  #returned = new Uint8Array(INITIAL_BYTES)
  #used = 0
  #lines = 0
  /** Where the last line begins. */
  #lineStart = 0
  #record: Line | undefined

  constructor({ maxLines, maxBytes, wait, belongs }: JoinSettings) {
    this.wait = wait
    this.#maxLines = maxLines
    this.#maxBytes = maxBytes
    this.#belongs = belongs
  }

  /** The record that waits for its next line. */
  get pending(): Line | undefined {
    return this.#record
  }

  /** Adds a line, which is copied. Returns the record before it if that is complete, valid until the next call. */
  add(line: Line): Line | undefined {
    const record = this.#record
    if (record === undefined) return this.#begin(line)
    const isFull = this.#lines >= this.#maxLines || this.#used + 1 + line.bytes.length > this.#maxBytes
    const before = this.#bytes.subarray(this.#lineStart, this.#used)
    const belongs = line.continued || this.#belongs(line.bytes, before)
    if (belongs && !isFull) return this.#append(record, line)
    this.flush()
    this.#begin({ ...line, continued: line.continued || belongs })
    return { ...record }
  }

  /** Returns the record that waits, as it is. */
  flush(): Line | undefined {
    const record = this.#record
    this.#record = undefined
    const bytes = this.#bytes
    this.#bytes = this.#returned
    this.#returned = bytes
    return record
  }

  #begin(line: Line): undefined {
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = new Uint8Array(INITIAL_BYTES)
    this.#used = 0
    this.#lines = 0
    this.#lineStart = 0
    this.#record = line
    this.#copy(line)
  }

  #append(record: Line, line: Line): undefined {
    if (!line.continued) {
      this.#write(LINE_FEED)
      this.#lineStart = this.#used
    }
    record.length += line.length + (line.continued ? 0 : 1)
    record.end = line.end
    record.partial = line.partial
    this.#record = record
    this.#copy(line)
  }

  #copy({ bytes }: Line): void {
    this.#makeRoom(bytes.length)
    this.#bytes.set(bytes, this.#used)
    this.#used += bytes.length
    this.#lines++
    const record = this.#record as Line
    this.#record = { ...record, bytes: this.#bytes.subarray(0, this.#used) }
  }

  #write(byte: number): void {
    this.#makeRoom(1)
    this.#bytes[this.#used++] = byte
  }

  #makeRoom(more: number): void {
    if (this.#used + more <= this.#bytes.length) return
    const grown = new Uint8Array(2 * (this.#used + more))
    grown.set(this.#bytes.subarray(0, this.#used))
    this.#bytes = grown
  }
}

function isNotIndented(line: Uint8Array): boolean {
  return line.length > 0 && line[0] !== BLANK && line[0] !== TAB
}

function matches(pattern: string): (line: Uint8Array) => boolean {
  const regex = compileRegex(pattern, 'multiline.start')
  return (line) => regex.matcher(textOf(line)).find()
}

function textOf(line: Uint8Array): string {
  return Buffer.from(line.buffer, line.byteOffset, line.length).toString('utf8')
}
