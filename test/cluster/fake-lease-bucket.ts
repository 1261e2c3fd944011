import type { Lease, LeaseBucket, LeaseRecord } from '../../src/cluster/lease-bucket.js'
import { NatsFault, Refusal } from '../../src/storage/nats/nats-fault.js'
import type { FakeRuntime } from '../helpers/fake-runtime.js'

/** A bucket in memory by the clock of a test, whose answers can be lost or delayed. */
export class FakeLeaseBucket implements LeaseBucket {
  ttl = 6000
  revision = 0
  record: LeaseRecord | undefined
  /** What happens to calls: carried out and answered, carried out without an answer, or neither. */
  answers: 'all' | 'lost' | 'none' = 'all'
  /** There is no room for a record. */
  isFull = false
  /** Whether its servers hear each other. */
  isWhole = true
  /** Time until an answer, ms. */
  delay = 0
  readonly #runtime: FakeRuntime
  #expires = 0

  constructor(runtime: FakeRuntime) {
    this.#runtime = runtime
  }

  read(): Promise<Lease> {
    return this.#answer(() => ({
      ttl: this.ttl,
      revision: this.revision,
      record: this.#current,
      isWhole: this.isWhole,
    }))
  }

  write(record: LeaseRecord, revision: number): Promise<number> {
    return this.#answer(() => {
      if (this.isFull) throw new NatsFault('refused', 'no room', { number: Refusal.full })
      if (revision !== this.revision)
        throw new NatsFault('refused', `wrong last sequence: ${this.revision}`, {
          number: Refusal.wrongLastSequence,
        })
      this.record = record
      this.#expires = this.#runtime.monotonic() + this.ttl
      return ++this.revision
    })
  }

  remove(revision: number): Promise<void> {
    return this.#answer(() => {
      if (revision >= this.revision) this.record = undefined
    })
  }

  get #current(): LeaseRecord | undefined {
    return this.#runtime.monotonic() < this.#expires ? this.record : undefined
  }

  async #answer<Result>(act: () => Result): Promise<Result> {
    if (this.answers === 'none') throw new Error('timeout')
    const result = act()
    if (this.answers === 'lost') throw new Error('timeout')
    if (this.delay > 0) await new Promise<void>((resolve) => void this.#runtime.after(this.delay, resolve))
    return result
  }
}
