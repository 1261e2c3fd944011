import { CountBlocks } from './count-blocks.js'

/** Severities, the worst first, and events that say none. */
export const CLASSES = 9
const NO_BLOCK = -1
const FIRST_HOSTS = 64
const GROWTH = 1.125
/** Different operating systems; further ones are not told apart from none. */
const MOST_SYSTEMS = 4096

export const ERROR_CLASSES = 4
export const WARNING_CLASS = 4

export const SILENT = 1
export const LEFT = 2

/**
 * The records of all hosts, each under a small number. They are columns instead of
 * objects, since there may be 100,000.
 */
export class HostTable {
  readonly counts = new CountBlocks()
  /** When the host was heard first and last, s since the epoch. */
  first = new Uint32Array(FIRST_HOSTS)
  last = new Uint32Array(FIRST_HOSTS)
  /** Seqs of the last events: of all, of warnings, of errors, and with a description of the host; 0: none. */
  lastSeq = new Float64Array(FIRST_HOSTS)
  warningSeq = new Float64Array(FIRST_HOSTS)
  errorSeq = new Float64Array(FIRST_HOSTS)
  factsSeq = new Float64Array(FIRST_HOSTS)
  /** When the last warning and the last error were stored, s since the epoch. */
  warningAt = new Uint32Array(FIRST_HOSTS)
  errorAt = new Uint32Array(FIRST_HOSTS)
  events = new Float64Array(FIRST_HOSTS)
  /** See rhythm.ts. */
  rhythm = new Float32Array(FIRST_HOSTS)
  /** Kinds of sources that speak for it, one bit each. */
  kinds = new Uint32Array(FIRST_HOSTS)
  flags = new Uint8Array(FIRST_HOSTS)
  /** Numbers of operating systems. */
  #systems = new Uint16Array(FIRST_HOSTS)
  readonly #systemNames = ['']
  readonly #systemNumbers = new Map([['', 0]])
  readonly #names: (string | undefined)[] = []
  readonly #indexes = new Map<string, number>()
  readonly #free: number[] = []
  /** The block of each class of each host. */
  #blocks = new Int32Array(FIRST_HOSTS * CLASSES).fill(NO_BLOCK)

  get size(): number {
    return this.#indexes.size
  }

  /** Numbers of hosts are below this; some may be unused. */
  get end(): number {
    return this.#names.length
  }

  indexOf(name: string): number | undefined {
    return this.#indexes.get(name)
  }

  /** Undefined if no host has the number. */
  nameOf(index: number): string | undefined {
    return this.#names[index]
  }

  add(name: string): number {
    const index = this.#free.pop() ?? this.#names.length
    if (index === this.first.length) this.#grow()
    this.#names[index] = name
    this.#indexes.set(name, index)
    return index
  }

  remove(index: number): void {
    const name = this.#names[index]
    if (name === undefined) return
    this.#indexes.delete(name)
    this.#names[index] = undefined
    for (const column of this.columns()) column[index] = 0
    this.#systems[index] = 0
    for (let each = 0; each < CLASSES; each++) {
      const block = this.#blocks[index * CLASSES + each]
      if (block !== NO_BLOCK) this.counts.give(block)
      this.#blocks[index * CLASSES + each] = NO_BLOCK
    }
    this.#free.push(index)
  }

  /** Operating systems by their numbers; the first stands for none that is known. */
  get systemNames(): readonly string[] {
    return this.#systemNames
  }

  systemOf(index: number): number {
    return this.#systems[index]
  }

  setSystem(index: number, name: string): void {
    let number = this.#systemNumbers.get(name)
    if (number === undefined && this.#systemNames.length < MOST_SYSTEMS) {
      number = this.#systemNames.push(name) - 1
      this.#systemNumbers.set(name, number)
    }
    this.#systems[index] = number ?? 0
  }

  /** Counts an event of the class. */
  count(index: number, severity: number, seconds: number): void {
    this.events[index]++
    this.counts.add(this.blockFor(index, severity), seconds)
  }

  blockFor(index: number, severity: number): number {
    const at = index * CLASSES + severity
    const known = this.#blocks[at]
    if (known !== NO_BLOCK) return known
    const block = this.counts.take()
    this.#blocks[at] = block
    return block
  }

  /** Undefined if no event of the class was counted. */
  blockOf(index: number, severity: number): number | undefined {
    const block = this.#blocks[index * CLASSES + severity]
    return block === NO_BLOCK ? undefined : block
  }

  /** Events of these classes in the last hour. */
  inHour(index: number, seconds: number, from = 0, to = CLASSES): number {
    let sum = 0
    for (let each = from; each < to; each++) {
      const block = this.#blocks[index * CLASSES + each]
      if (block !== NO_BLOCK) sum += this.counts.hour(block, seconds)
    }
    return sum
  }

  /** All columns, in the order in which they are kept. */
  columns(): (Float64Array | Float32Array | Uint32Array | Uint8Array)[] {
    const { first, last, lastSeq, warningSeq, errorSeq, factsSeq, warningAt, errorAt, events } = this
    const { rhythm, kinds, flags } = this
    return [
      ...[first, last, lastSeq, warningSeq, errorSeq, factsSeq, warningAt, errorAt, events],
      ...[rhythm, kinds, flags],
    ]
  }

  #grow(): void {
    const size = Math.ceil(this.first.length * GROWTH)
    this.first = longer(this.first, new Uint32Array(size))
    this.last = longer(this.last, new Uint32Array(size))
    this.lastSeq = longer(this.lastSeq, new Float64Array(size))
    this.warningSeq = longer(this.warningSeq, new Float64Array(size))
    this.errorSeq = longer(this.errorSeq, new Float64Array(size))
    this.factsSeq = longer(this.factsSeq, new Float64Array(size))
    this.warningAt = longer(this.warningAt, new Uint32Array(size))
    this.errorAt = longer(this.errorAt, new Uint32Array(size))
    this.events = longer(this.events, new Float64Array(size))
    this.rhythm = longer(this.rhythm, new Float32Array(size))
    this.kinds = longer(this.kinds, new Uint32Array(size))
    this.flags = longer(this.flags, new Uint8Array(size))
    this.#systems = longer(this.#systems, new Uint16Array(size))
    this.#blocks = longer(this.#blocks, new Int32Array(size * CLASSES).fill(NO_BLOCK))
  }
}

/** Copies a column to the beginning of a longer one. */
function longer<Column extends { set(values: ArrayLike<number>): void }>(
  column: ArrayLike<number>,
  empty: Column,
): Column {
  empty.set(column)
  return empty
}
