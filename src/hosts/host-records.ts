import { Event } from '../event/event.js'
import { frameSeq, frameTime, tagLength, tagStart } from '../event/frame.js'
import { asFields } from '../event/json/object.js'
import { readText } from '../event/msgpack/generated-code.js'
import type { NameOf } from './host-name.js'
import { ERROR_CLASSES, type HostTable, LEFT, SILENT, WARNING_CLASS } from './host-table.js'
import { learnPause, learnSilence } from './rhythm.js'
import { isOfHub, type SightReader } from './sight.js'
import { JUST_HEARD } from './silence.js'
import { BACK_TAG, REMOVED_TAG, SILENT_TAG } from './types.js'

const FACTS = 'host.system'
const LONGEST_SYSTEM = 80
const LONGEST_TAG = Math.max(...[SILENT_TAG, BACK_TAG, REMOVED_TAG].map((tag) => tag.length))

export interface RecordsOptions {
  readonly table: HostTable
  readonly sight: SightReader
  /** Id of the log. */
  readonly epoch: string
  nameOf: NameOf
  most: number
  /** Called for each host that changes. */
  changed(index: number): void
  /** Called for an event of a host that is silent. */
  heardAgain(index: number): void
  /** Called before a host is removed. */
  removes(index: number): void
}

/** Applies the events of the log to the table, in their order. It has no clock: the same events always lead to the same. */
export class HostRecords {
  /** Events of hosts for which there is no room. */
  untracked = 0
  nameOf: NameOf
  most: number
  readonly #options: RecordsOptions

  constructor(options: RecordsOptions) {
    this.#options = options
    this.nameOf = options.nameOf
    this.most = options.most
  }

  /** Takes the event at the offset, which comes after all that were taken. */
  take(bytes: Uint8Array, at: number): void {
    const { sight } = this.#options
    const speaks = sight.read(bytes, at)
    if (isOfHub(bytes, at)) this.#takeOfHub(bytes, at)
    if (!speaks) return
    const name = this.nameOf(sight.name)
    const index = name === undefined ? undefined : this.#indexFor(name)
    if (index === undefined) return
    const isNew = this.#hear(index, frameSeq(bytes, at), Math.floor(frameTime(bytes, at) / 1e6))
    if (isNew && sight.type?.type === FACTS) this.#takeFacts(index, bytes, at)
  }

  remove(index: number): void {
    this.#options.removes(index)
    this.#options.table.remove(index)
    this.#options.changed(index)
  }

  #indexFor(name: string): number | undefined {
    const { table } = this.#options
    const known = table.indexOf(name)
    if (known !== undefined) return known
    if (table.size < this.most) return table.add(name)
    this.untracked++
    return undefined
  }

  #takeFacts(index: number, bytes: Uint8Array, at: number): void {
    const { table } = this.#options
    const { os } = asFields(new Event(bytes, at).data)
    table.factsSeq[index] = frameSeq(bytes, at)
    table.setSystem(index, typeof os === 'string' ? os.slice(0, LONGEST_SYSTEM) : '')
  }

  /** Returns false for an event that was read before the last stop. */
  #hear(index: number, seq: number, seconds: number): boolean {
    const { table, sight, changed } = this.#options
    if (seq <= table.lastSeq[index]) return false
    const { severity } = sight
    if (table.lastSeq[index] === 0) table.first[index] = seconds
    else this.#learn(index, seconds - table.last[index])
    table.last[index] = seconds
    table.lastSeq[index] = seq
    table.kinds[index] |= 1 << sight.kind
    table.count(index, severity, seconds)
    if (severity < ERROR_CLASSES) {
      table.errorSeq[index] = seq
      table.errorAt[index] = seconds
    } else if (severity === WARNING_CLASS) {
      table.warningSeq[index] = seq
      table.warningAt[index] = seconds
    }
    if (sight.type?.isFarewell === true) table.flags[index] |= LEFT
    changed(index)
    return true
  }

  #learn(index: number, pause: number): void {
    const { table, heardAgain } = this.#options
    const flags = table.flags[index]
    const rhythm = table.rhythm[index]
    table.rhythm[index] = flags === 0 ? learnPause(rhythm, pause) : learnSilence(rhythm, pause)
    if ((flags & SILENT) !== 0) heardAgain(index)
    if ((flags & LEFT) !== 0) table.flags[index] &= ~LEFT
  }

  /** A hub says itself which hosts are silent, so that all hubs of a cluster know the same, also after a restart. */
  #takeOfHub(bytes: Uint8Array, at: number): void {
    const start = tagStart(bytes, at)
    if (tagLength(bytes, at) > LONGEST_TAG) return
    const tag = readText(bytes, start, start + tagLength(bytes, at))
    if (tag === SILENT_TAG) this.#each(bytes, at, (index) => this.#silence(index, frameTime(bytes, at)))
    else if (tag === BACK_TAG) this.#each(bytes, at, (index) => this.#wake(index))
    else if (tag === REMOVED_TAG) this.#each(bytes, at, (index) => this.remove(index))
  }

  #each(bytes: Uint8Array, at: number, change: (index: number) => void): void {
    const { table, epoch } = this.#options
    const { log, hosts } = asFields(new Event(bytes, at).data)
    if (log !== epoch || !Array.isArray(hosts)) return
    for (const name of hosts) {
      const index = typeof name === 'string' ? table.indexOf(name) : undefined
      if (index !== undefined) change(index)
    }
  }

  #silence(index: number, micros: number): void {
    const { table, changed } = this.#options
    if (micros / 1e6 - table.last[index] < JUST_HEARD) return
    table.flags[index] |= SILENT
    changed(index)
  }

  #wake(index: number): void {
    const { table, changed } = this.#options
    table.flags[index] &= ~SILENT
    changed(index)
  }
}
