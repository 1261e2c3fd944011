import type { Client, Event } from '../../../src/client/index.js'
import type { SeqRange } from '../../../src/log/event-log.js'
import type { LogInfo } from '../../../src/methods/contract/index.js'
import { loadOf, rangeOf, type Witness } from './witness.js'

/** How far the log has been read, and the last event number of each producer up to there. */
interface Place {
  seq: number
  readonly last: Map<number, number>
}

/** Reads the log from the point after which it may still change, and compares it with the witness's records. */
export class LogCheck {
  readonly #witness: Witness
  /**
   * Producers that wait for `durable`: none of their events may be missing. Events of others may be lost in a crash.
   */
  readonly #durable: ReadonlySet<number>
  #settled: Place = { seq: 0, last: new Map() }
  /** Whether the check began with the first event that was ever stored. */
  #isComplete = false

  constructor(witness: Witness, durable: ReadonlySet<number>) {
    this.#witness = witness
    this.#durable = durable
  }

  /** The events up to this seq have been compared for the last time. */
  get position(): number {
    return this.#settled.seq
  }

  /** Runs one check. Calls `visit` for each event that is read. */
  async run(client: Client, visit: (event: Event) => void = () => {}): Promise<void> {
    const { epoch } = client.welcome
    this.#witness.epoch(epoch)
    const safe = this.#witness.durableSeq
    const promised = [...this.#durable].map((producer) => [producer, this.#witness.durableOf(producer)])
    const { lost, last, first } = await client.request<LogInfo>('log.info')
    this.#isComplete ||= first === 1 && this.#settled.seq === 0
    const place = { seq: this.#settled.seq, last: new Map(this.#settled.last) }
    const range = { from: place.seq === 0 ? 'start' : `${epoch}-${place.seq}`, to: `${epoch}-${last}` }
    for await (const item of client.read(undefined, range)) {
      if (item.status === 'gap') this.#witness.fault(`reading ${range.from}: ${JSON.stringify(item)}`)
      if (item.status !== undefined) continue
      this.#check(item, place, lost)
      visit(item)
      if (item.seq <= safe) this.#settle(item)
    }
    for (const [producer, n] of promised) {
      const there = place.last.get(producer) ?? 0
      if (there < n) this.#witness.fault(`p${producer}: ${n} was durable, and the log ends with ${there}`)
    }
  }

  #check(event: Event, place: Place, lost: readonly SeqRange[]): void {
    const { seq } = event
    if (seq <= place.seq) this.#witness.fault(`number ${seq} comes after ${place.seq}`)
    if (rangeOf(lost, seq) !== undefined) this.#witness.fault(`number ${seq} is there, and said to be lost`)
    this.#witness.saw(event)
    place.seq = seq
    const load = loadOf(event)
    if (load === undefined) return
    const { producer, n } = load
    const before = place.last.get(producer) ?? (this.#isComplete ? 0 : n - 1)
    if (n <= before) this.#witness.fault(`p${producer}: ${n} comes after ${before}`)
    for (let missing = before + 1; missing < n; missing++) this.#missing(producer, missing, lost)
    const said = this.#witness.acknowledgement(producer, n)?.seq ?? seq
    if (said !== seq) this.#witness.fault(`p${producer}: ${n} was said to be ${said}, and is ${seq}`)
    place.last.set(producer, n)
  }

  /** Reports a missing event, unless it was only accepted and its seq is reported as lost. */
  #missing(producer: number, n: number, lost: readonly SeqRange[]): void {
    if (this.#witness.isLost(producer, n)) return
    const { level, seq } = this.#witness.acknowledgement(producer, n) ?? {}
    const isSaid = seq !== undefined && rangeOf(lost, seq) !== undefined
    if (level === 'accepted' && isSaid) this.#witness.lost(producer, n)
    else this.#witness.fault(`p${producer}: ${n} is missing (${level} as ${seq})`)
  }

  #settle(event: Event): void {
    const load = loadOf(event)
    if (load !== undefined) {
      const before = this.#settled.last.get(load.producer) ?? 0
      for (let n = before + 1; n <= load.n; n++) this.#witness.forget(load.producer, n)
      this.#settled.last.set(load.producer, load.n)
    }
    this.#settled.seq = event.seq
  }
}
