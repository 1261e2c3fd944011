import type { Client, Event } from '../../../src/client/index.js'
import type { SeqRange } from '../../../src/log/event-log.js'
import type { LogInfo } from '../../../src/methods/contract/index.js'
import { loadOf, rangeOf, type Witness } from './witness.js'

/** How far the log was read, and the last number of each producer there. */
interface Place {
  seq: number
  readonly last: Map<number, number>
}

/** Reads the log from where nothing can change any more, and compares it with what the witness knows. */
export class LogCheck {
  readonly #witness: Witness
  /** Producers that wait for the disk: of theirs nothing is missing. Others lack what a crash took. */
  readonly #durable: ReadonlySet<number>
  #settled: Place = { seq: 0, last: new Map() }

  constructor(witness: Witness, durable: ReadonlySet<number>) {
    this.#witness = witness
    this.#durable = durable
  }

  /** `visit` is called for each event that is read. */
  async run(client: Client, visit: (event: Event) => void = () => {}): Promise<void> {
    const { epoch } = client.welcome
    this.#witness.epoch(epoch)
    const safe = this.#witness.durableSeq
    const promised = [...this.#durable].map((producer) => [producer, this.#witness.durableOf(producer)])
    const { lost, last } = await client.request<LogInfo>('log.info')
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
    const before = place.last.get(producer) ?? 0
    if (n <= before) this.#witness.fault(`p${producer}: ${n} comes after ${before}`)
    for (let missing = before + 1; missing < n; missing++) this.#missing(producer, missing, lost)
    const said = this.#witness.acknowledgement(producer, n)?.seq ?? seq
    if (said !== seq) this.#witness.fault(`p${producer}: ${n} was said to be ${said}, and is ${seq}`)
    place.last.set(producer, n)
  }

  /** Only what was accepted and no more, under a number that is said to be lost, may be missing. */
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
