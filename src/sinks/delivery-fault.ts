import { codeOf, messageOf, oneLineOf } from '../errors/thrown.js'
import type { Event } from '../event/event.js'

/**
 * unavailable  nobody takes anything at present: the event waits, and is not to blame
 * unclear      not taken at present, and it is not known if that is about these events: they are to blame if others are taken
 * refused      this event is not taken; after some tries it is parked
 * ended        what takes these events has ended at them, and is there without them: they may be to blame
 * partial      a part of the destination wants these events later, and others need not wait for that
 * unwanted     some of these events will never be taken, and are parked at once
 * gone         the destination wants no events any more: the sink pauses
 */
export type FaultKind = 'unavailable' | 'unclear' | 'refused' | 'ended' | 'partial' | 'unwanted' | 'gone'

/** Why events were not delivered. */
export class DeliveryFault extends Error {
  readonly kind: FaultKind
  /** When the destination wants to be asked again, ms from now. */
  readonly retryAfter: number | undefined
  /** Events of the delivery that were taken all the same. */
  taken: readonly Event[] = []

  constructor(kind: FaultKind, reason: string, retryAfter?: number) {
    super(reason)
    this.kind = kind
    this.retryAfter = retryAfter
  }
}

/** Names the events that will never be taken. All others of the delivery are delivered. */
export class UnwantedEvents extends DeliveryFault {
  readonly events: readonly Event[]

  constructor(events: readonly Event[], reason: string) {
    super('unwanted', reason)
    this.events = events
  }
}

/** A thrown value as a fault. What nobody foresaw is put down to the event, so that it cannot stop the sink for ever. */
export function faultOf(thrown: unknown): DeliveryFault {
  if (thrown instanceof DeliveryFault) return thrown
  return new DeliveryFault('refused', messageOf(thrown))
}

/** Codes of the system if no server answers at all. */
const NOBODY_THERE = new Set([
  'ECONNREFUSED',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
])

/** The kind of a fault of the network. */
export function kindOfLoss(thrown: unknown): FaultKind {
  return NOBODY_THERE.has(codeOf(thrown) ?? '') ? 'unavailable' : 'unclear'
}

const MAX_TEXT = 200

/** Quotes an answer of a destination as a part of one line. */
export function quoted(text: string): string {
  return oneLineOf(text, MAX_TEXT)
}
