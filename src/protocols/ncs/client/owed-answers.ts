import { TocsinError } from '../../../errors/tocsin-error.js'
import type { Event } from '../../../event/event.js'
import { asFields } from '../../../event/json/object.js'
import {
  type NCS_NOTIF_AUDIT_NETWORK,
  type NOTIF_AUDIT,
  NOTIF_COMMIT_DIFF,
  NOTIF_HA_INFO,
} from '../constants/events.js'
import { kindOf, kindOfNotification } from '../notifications/kinds.js'

/** Ids that were read lately, so that an unknown one can be told from one that was answered. */
const REMEMBERED = 10_000

export type Gated =
  | typeof NOTIF_AUDIT
  | typeof NOTIF_COMMIT_DIFF
  | typeof NOTIF_HA_INFO
  | typeof NCS_NOTIF_AUDIT_NETWORK

interface OfType {
  /** Seqs that wait for an answer, oldest first, by the id with which the program answers. */
  readonly waiting: Map<number, number[]>
  readonly read: Set<number>
}

/** Remembers which notifications the program has read and not answered yet. */
export class OwedAnswers {
  readonly #mask: number
  readonly #types = new Map<number, OfType>()

  constructor(mask: number) {
    this.#mask = mask
  }

  /** Called when the program has read a notification. */
  read(type: number, event: Event): void {
    const gate = kindOf(type)?.gate
    if (gate === undefined) return
    const { waiting, read } = this.#of(type)
    const id = idOf(type, event.data)
    read.delete(id)
    read.add(id)
    if (read.size > REMEMBERED) for (const oldest of read) if (read.delete(oldest)) break
    if (event.attributes?.ncsgate !== true || (this.#mask & gate.modifier) === 0) return
    const seqs = waiting.get(id)
    if (seqs === undefined) waiting.set(id, [event.seq])
    else seqs.push(event.seq)
  }

  /** Returns whether a notification that was read still waits for its answer. */
  owes(type: number, data: unknown): boolean {
    return this.#types.get(type)?.waiting.has(idOf(type, data)) === true
  }

  /**
   * Returns the answer for the oldest notification with this id; undefined if all have been answered, since to answer twice
   * is harmless. Throws TCN_NCS_ACK for an id that was not read.
   */
  answer(type: Gated, id = 0): { name: string; seq: number } | undefined {
    const { waiting, read } = this.#of(type)
    const seqs = waiting.get(id)
    const seq = seqs?.shift()
    if (seqs?.length === 0) waiting.delete(id)
    const { name, gate } = kindOfNotification({ type })
    if (seq !== undefined && gate !== undefined) return { name: gate.name, seq }
    if (read.has(id)) return undefined
    const which = type === NOTIF_HA_INFO ? '' : ` with the id ${id}`
    throw new TocsinError('TCN_NCS_ACK', `no ${name.toUpperCase()}${which} was read`)
  }

  #of(type: number): OfType {
    const known = this.#types.get(type)
    if (known !== undefined) return known
    const made = { waiting: new Map(), read: new Set<number>() }
    this.#types.set(type, made)
    return made
  }
}

/** The id with which a program answers: a transaction or a user session; HA has none. */
export function idOf(type: number, data: unknown): number {
  const { usid, tctx } = asFields(data)
  if (type === NOTIF_COMMIT_DIFF) return Number(asFields(tctx).thandle ?? 0)
  return type === NOTIF_HA_INFO ? 0 : Number(usid ?? 0)
}
