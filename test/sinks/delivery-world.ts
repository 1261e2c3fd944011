import { encodeEvent } from '../../src/event/encode-event.js'
import type { Event } from '../../src/event/event.js'
import { setFrameSeq } from '../../src/event/frame.js'
import { Deliveries, type DeliveryListener } from '../../src/sinks/deliveries.js'
import { DeliveryFault, type FaultKind } from '../../src/sinks/delivery-fault.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'

export type Answer = FaultKind | undefined

export interface Attempt {
  at: number
  seqs: number[]
  answer: Answer
}

const RETRY = { tries: 3, pause: 1_000, maxPause: 60_000, patience: undefined as number | undefined }

/** Deliveries to a destination that answers as the test says, in time that passes when the test says so. */
export class DeliveryWorld implements DeliveryListener {
  readonly runtime = new FakeRuntime()
  readonly deliveries: Deliveries
  readonly attempts: Attempt[] = []
  readonly taken: number[] = []
  readonly left: { seq: number; reason: string; tries: number }[] = []
  readonly reasons: string[] = []
  rooms = 0
  /** The events that are being delivered. */
  batch: readonly Event[] = []
  #seq = 0

  /** `answer` to a delivery; an answer to one event of it is the answer to all. */
  constructor(
    answer: (seqs: number[], world: DeliveryWorld) => Answer | DeliveryFault,
    { batch = 1, parallel = 1, retry = {} as Partial<typeof RETRY>, takes = (): number => 0 } = {},
  ) {
    this.deliveries = new Deliveries(
      { parallel, batch: { events: batch, wait: 0 }, retry: { ...RETRY, ...retry } },
      {
        deliver: async (events) => {
          const seqs = events.map(({ seq }) => seq)
          const time = takes()
          if (time > 0) await new Promise<void>((done) => this.runtime.after(time, done))
          this.batch = events
          const given = answer(seqs, this)
          const fault = typeof given === 'string' ? new DeliveryFault(given, `it is ${given}`) : given
          this.attempts.push({ at: this.runtime.monotonic(), seqs, answer: fault?.kind })
          if (fault !== undefined) throw fault
        },
        close: async () => undefined,
      },
      this.runtime,
      this,
    )
    this.deliveries.begin()
  }

  add(count: number, bytes = 0): void {
    const frames = Array.from({ length: count }, () => {
      const frame = encodeEvent({ tag: `a/${this.#seq + 1}`, source: 'test', data: 'x'.repeat(bytes) })
      setFrameSeq(frame, 0, ++this.#seq)
      return frame
    })
    this.deliveries.add(frames)
  }

  get settled(): number {
    return this.taken.length + this.left.length
  }

  /** Deliveries of the event, and what was answered. */
  answersTo(seq: number): Answer[] {
    return this.attempts.filter(({ seqs }) => seqs.includes(seq)).map(({ answer }) => answer)
  }

  delivered(events: readonly { seq: number }[]): void {
    this.taken.push(...events.map(({ seq }) => seq))
  }

  parked({ seq }: { seq: number }, parking: { reason: string; tries: number }): void {
    this.left.push({ seq, ...parking })
  }

  failed({ message }: DeliveryFault): void {
    this.reasons.push(message)
  }

  hasRoom(): void {
    this.rooms++
  }

  gone(): void {}
}
