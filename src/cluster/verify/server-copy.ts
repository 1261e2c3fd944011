import { createHash } from 'node:crypto'
import type { Delivery } from '../../storage/nats/delivery.js'
import { NatsFault } from '../../storage/nats/nats-fault.js'
import type { RawMessage } from '../../storage/nats/raw-message.js'
import { openReplicas, type ReplicaReader, type ReplicaTarget } from '../../storage/nats/replica-reader.js'

/** A server that is silent is asked this many times. */
const ATTEMPTS = 3

/** A message, as far as it takes to compare it. */
export interface StoredPlace {
  seq: number
  subject: string
  /** Time of storing, µs since the epoch. */
  time: number
  /** Different for each subject, header, payload and time. */
  digest: string
}

/** The copy that one server has of a range of a stream, some messages at a time. */
export class ServerCopy {
  readonly server: string
  /** Messages that were read and are not compared yet. */
  readonly waiting: StoredPlace[] = []
  isEnded = false
  /** Why nothing more can be read. */
  fault: string | undefined
  readonly #target: ReplicaTarget
  readonly #to: number
  #next: number
  #reader: ReplicaReader | undefined

  /** `reader`: at `from`, if the server has one. */
  constructor(
    target: ReplicaTarget,
    server: string,
    { from, to }: { from: number; to: number },
    reader?: ReplicaReader,
  ) {
    this.server = server
    this.#target = target
    this.#to = to
    this.#next = from
    this.#reader = reader
  }

  /** Everything up to here was read. */
  get position(): number {
    return this.isEnded ? this.#to : (this.waiting.at(-1)?.seq ?? this.#next - 1)
  }

  async read(count: number): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        this.#reader ??= await this.#open()
        const hasMore = await this.#reader.read(count, (message, delivery) => this.#take(message, delivery))
        if (!hasMore) this.isEnded = true
        return
      } catch (thrown) {
        this.close()
        if (!NatsFault.is(thrown)) throw thrown
        if (attempt < ATTEMPTS) continue
        this.fault = thrown.message
        return
      }
    }
  }

  close(): void {
    this.#reader?.close()
    this.#reader = undefined
  }

  async #open(): Promise<ReplicaReader> {
    const found = (await openReplicas(this.#target, [this.server], this.#next)).get(this.server)
    if (found === undefined) throw new NatsFault('unreachable', 'it takes no readers')
    return found
  }

  /** A server that is behind begins with what it stores next. */
  #take(message: RawMessage, { seq, time }: Delivery): void {
    if (seq < this.#next || this.isEnded) return
    if (seq > this.#to) {
      this.isEnded = true
      return
    }
    this.#next = seq + 1
    this.isEnded = seq === this.#to
    this.waiting.push({ seq, subject: message.subject, time, digest: digestOf(message, time) })
  }
}

function digestOf({ subject, bytes, start, payloadStart, end }: RawMessage, time: number): string {
  const head = `${subject}\n${time}\n${payloadStart - start}\n`
  return createHash('sha256').update(head).update(bytes.subarray(start, end)).digest('base64')
}
