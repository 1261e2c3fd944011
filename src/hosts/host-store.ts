import { decode, encode } from '../event/index.js'
import { asFields } from '../event/json/object.js'
import { readable } from '../state/readable.js'
import type { Bucket } from '../state/state-store.js'
import { BLOCK } from './count-blocks.js'
import { CLASSES, type HostTable } from './host-table.js'

/** Hosts in one entry of the bucket. */
export const PAGE = 256
const POSITION = '@position'
const PAGES = 'page/'
/** The format of the entries. Those of another one are not read. */
const VERSION = 1

/** The event up to which the table is complete. */
export interface HostsPosition {
  readonly epoch: string
  readonly seq: number
  /** The names of the kinds, by their bits. */
  readonly kinds: readonly string[]
}

type KeptHost = readonly [name: string, ...numbers: number[], system: string, counts: (Uint8Array | null)[]]

/**
 * Keeps the table of hosts, so that a start need not read the log again. A host says itself up to which event it is, and
 * the position, which is written last, is never after that of a host that has changed.
 */
export class HostStore {
  readonly #bucket: Bucket

  constructor(bucket: Bucket) {
    this.#bucket = bucket
  }

  async position(): Promise<HostsPosition | undefined> {
    const entry = await readable(this.#bucket, POSITION)
    if (entry === undefined) return undefined
    try {
      return positionIn(decode(entry.value))
    } catch (thrown) {
      this.#bucket.reportDamage(POSITION, thrown)
      return undefined
    }
  }

  async setPosition(position: HostsPosition): Promise<void> {
    await this.#bucket.put(POSITION, encode({ version: VERSION, ...position }))
  }

  async writePage(page: number, table: HostTable): Promise<void> {
    const hosts: KeptHost[] = []
    for (let index = page * PAGE; index < Math.min((page + 1) * PAGE, table.end); index++) {
      const name = table.nameOf(index)
      if (name !== undefined)
        hosts.push([name, ...numbersOf(table, index), systemIn(table, index), countsOf(table, index)])
    }
    const key = `${PAGES}${page}`
    if (hosts.length === 0) await this.#bucket.delete(key)
    else await this.#bucket.put(key, encode(hosts))
  }

  /** Fills an empty table with up to `most` hosts. */
  async read(
    table: HostTable,
    most: number,
    kept: readonly string[],
    kinds: readonly string[],
  ): Promise<void> {
    const bits = kept.map((kind) => 1 << Math.max(0, kinds.indexOf(kind)))
    for await (const { key, value } of this.#bucket.list(PAGES)) {
      try {
        for (const host of hostsIn(value)) if (table.size < most) restore(table, host, bits)
      } catch (thrown) {
        this.#bucket.reportDamage(key, thrown)
      }
    }
  }

  async clear(): Promise<void> {
    for await (const { key } of this.#bucket.list()) await this.#bucket.delete(key)
  }
}

/** Undefined for a position of another format. */
function positionIn(value: unknown): HostsPosition | undefined {
  const { version, epoch, seq, kinds } = asFields(value)
  if (typeof epoch !== 'string' || typeof seq !== 'number' || !Array.isArray(kinds))
    throw new Error('it is not a position')
  return version === VERSION ? { epoch, seq, kinds: kinds.map(String) } : undefined
}

function numbersOf(table: HostTable, index: number): number[] {
  return table.columns().map((column) => column[index])
}

function systemIn(table: HostTable, index: number): string {
  return table.systemNames[table.systemOf(index)]
}

function countsOf(table: HostTable, index: number): (Uint8Array | null)[] {
  return Array.from({ length: CLASSES }, (_, each) => {
    const block = table.blockOf(index, each)
    return block === undefined ? null : new Uint8Array(table.counts.read(block).buffer)
  })
}

function hostsIn(value: Uint8Array): unknown[] {
  const hosts = decode(value)
  if (!Array.isArray(hosts)) throw new Error('it is not a list of hosts')
  return hosts
}

/** A host that was read already, under a later event, is not replaced: its number was given to it after this was written. */
function restore(table: HostTable, kept: unknown, bits: readonly number[]): void {
  if (!Array.isArray(kept)) throw new Error('it is not a host')
  const [name, ...rest] = kept
  const counts = rest.pop()
  // Earlier hubs did not keep it.
  const system = typeof rest.at(-1) === 'string' ? rest.pop() : ''
  if (typeof name !== 'string' || !Array.isArray(counts)) throw new Error('it has no name or no counts')
  const known = table.indexOf(name)
  if (known !== undefined && table.lastSeq[known] >= numberIn(rest, table.columns().indexOf(table.lastSeq)))
    return
  if (known !== undefined) table.remove(known)
  const index = table.add(name)
  table.columns().forEach((column, nth) => {
    column[index] = numberIn(rest, nth)
  })
  table.setSystem(index, system)
  const ofThen = table.kinds[index]
  table.kinds[index] = bits.reduce((all, bit, nth) => ((ofThen & (1 << nth)) === 0 ? all : all | bit), 0)
  for (let each = 0; each < CLASSES; each++) {
    const bytes = counts[each]
    if (bytes instanceof Uint8Array && bytes.length === BLOCK * 4)
      table.counts.write(table.blockFor(index, each), new Uint32Array(bytes.slice().buffer))
  }
}

function numberIn(values: readonly unknown[], nth: number): number {
  const value = values[nth]
  if (typeof value === 'number') return value
  throw new Error('a number is missing')
}
