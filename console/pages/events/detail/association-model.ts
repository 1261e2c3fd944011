import type { Event } from '../../../../src/event/event.js'
import { own } from '../../../../src/event/json/object.js'
import { textOf } from '../../../text/text-of.js'

export const lanes = ['up', 'closing', 'down'] as const
export type Lane = (typeof lanes)[number]

/** A state of an association, from a moment on. */
export interface Step {
  readonly lane: Lane
  /** µs */
  readonly from: number
  readonly event: Event
}

/** A moment at which something else was reported. */
export interface Mark {
  readonly at: number
  readonly isBad: boolean
  readonly event: Event
}

const byState = new Map<string, Lane>([
  ['SCTP_COMM_UP', 'up'],
  ['SCTP_RESTART', 'up'],
  ['SCTP_COMM_LOST', 'down'],
  ['SCTP_SHUTDOWN_COMP', 'down'],
  ['SCTP_CANT_STR_ASSOC', 'down'],
])
const BAD = /UNREACHABLE|FAILED|ERROR|REMOVED/

/** Reads the notifications of an association. */
export function associationSteps(events: readonly Event[]): { steps: Step[]; marks: Mark[] } {
  const steps: Step[] = []
  const marks: Mark[] = []
  for (const event of events) {
    const names = own(event.data, 'names')
    const [type, state, path] = ['sn_type', 'sac_state', 'spc_state'].map((name) => textOf(own(names, name)))
    const lane = type === 'SCTP_SHUTDOWN_EVENT' ? 'closing' : byState.get(state)
    if (lane !== undefined) steps.push({ lane, from: event.time, event })
    else if (type !== '') marks.push({ at: event.time, isBad: BAD.test(`${type} ${path}`), event })
  }
  return { steps, marks }
}
