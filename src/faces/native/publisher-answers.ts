import type { GateOutcome, PublisherEvents } from '../../bus/api.js'
import { type ErrorCode, TocsinError } from '../../errors/tocsin-error.js'
import { isFinalRefusal } from '../../log/final-refusal.js'
import { Pause } from '../shared/peer-connection.js'
import type { Peer } from '../shared/session-kind.js'

interface Publishing {
  readonly connection: Peer
  cursorOf(seq: number): string
  goodbye(message: string): void
  /** True if the peer takes every error for one of the moment. */
  isEdge: boolean
}

/** Tells a publisher what becomes of its events. */
export class PublisherAnswers implements PublisherEvents {
  readonly #publishing: Publishing
  readonly #connection: Peer

  constructor(publishing: Publishing) {
    this.#publishing = publishing
    this.#connection = publishing.connection
  }

  accepted(counter: number, seq: number, run: number): void {
    if (seq === 0) this.#connection.send('accepted', { counter })
    else this.#connection.send('accepted', { counter, cursor: this.#publishing.cursorOf(seq), run })
  }

  durable(counter: number): void {
    this.#connection.send('durable', { counter })
  }

  refused(counter: number, error: TocsinError, stage: 'accept' | 'durable'): void {
    const { code, message } = error
    if (stage === 'accept') this.#connection.send('refused', { counter, code, message })
    // An edge asks again by itself.
    else if (this.#publishing.isEdge || isFinalRefusal(error))
      this.#connection.send('refused', { counter, code, message, stage })
    // The events are stored as soon as the disk takes them: the client comes back, and asks then.
    else this.closed(code, message)
  }

  gateDone({ name, counter, seq, answers, missing }: GateOutcome): void {
    this.#connection.send('gateDone', { name, counter, seq, answers, missing })
  }

  resumed(): void {
    this.#connection.resume(Pause.publisher)
  }

  /** Called when the bus accepts no more events from this publisher. */
  closed(code: ErrorCode | 'STOP', message: string): void {
    if (code === 'STOP') this.#publishing.goodbye(message)
    else if (code === 'TCN_BUS_PRODUCER_TAKEN_OVER' || this.#publishing.isEdge)
      this.#connection.fail(new TocsinError(code, message))
    // Every client connects again after this one, and repeats what has no answer.
    else
      this.#connection.fail(
        new TocsinError('TCN_BUS_SUSPENDED', `${message} (${code})`, { details: { code } }),
      )
  }
}
