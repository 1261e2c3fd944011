import { parseCursor } from '../event/cursor.js'
import type { Welcome } from '../protocols/native/protocol.js'
import type { ForwardedRange } from './forwarded.js'

/** The place up to which events were forwarded, as it is kept in the state store. */
export interface Position {
  /** The cursor in this hub: every event up to it is safe there, or is not to be forwarded. */
  cursor: string
  /** The last event that was forwarded and is safe there. */
  counter: number
  /** Epoch of the log there. */
  there?: string
  /** The name of this hub there, under which the events were forwarded. Absent in those of earlier versions. */
  edge?: string
  /** Absent in those of earlier versions. */
  range?: ForwardedRange
}

export interface Resume {
  /** Forwarding goes on after this number; undefined: where the configuration says. */
  after: number | undefined
  /** The log of this hub was made anew, and the hub there does not know yet that events are missing. */
  isNewLog?: boolean
  /** A warning for the operator. */
  warning?: string
}

/** This hub as it connects. */
export interface EdgeIdentity {
  epoch: string
  /** Its name there. */
  edge: string
}

/**
 * Where to go on: what the hub there says about the last event that it has counts more than what this one remembers,
 * since it is stored together with the events.
 */
export function resumeAfter(
  position: Position | undefined,
  { epoch, edge }: EdgeIdentity,
  { lastCounter, epoch: there }: Pick<Welcome, 'lastCounter' | 'epoch'>,
): Resume {
  const kept = position && parseCursor(position.cursor)
  if (position === undefined || kept === undefined) return { after: lastCounter || undefined }
  // The log of this hub was made anew: nothing in it has been forwarded.
  if (kept.epoch !== epoch) return { after: lastCounter, isNewLog: lastCounter === 0 }
  const { counter, edge: before = edge } = position
  if (before !== edge && counter > 0) {
    // The hub there answers for this name, and only this hub knows of events under the other one.
    const warning = `forwarding as ${edge} goes on where it was as ${before}: events of the last second may be there twice. Hubs of a cluster must have the same \`edge\``
    return { after: Math.max(kept.seq, lastCounter), warning }
  }
  // Nothing was forwarded from here, and yet the hub there has events: their position was lost, or is of earlier versions.
  if (counter === 0 && lastCounter > 0) return { after: lastCounter }
  if (lastCounter >= counter) return { after: Math.max(kept.seq, lastCounter) }
  if (lastCounter > 0)
    return { after: lastCounter, warning: 'it has lost events that it had stored: they are forwarded again' }
  const warning =
    position.there === there
      ? 'it does not remember this hub: events of the last second before the connection was lost may be there twice'
      : 'its log is another one: what was forwarded before is not forwarded again'
  return { after: kept.seq, warning }
}
