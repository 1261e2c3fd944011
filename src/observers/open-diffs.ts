import type { KeyedChange } from '../config/commits/keyed-changes.js'
import { TocsinError } from '../errors/tocsin-error.js'

/** A transaction that waits for the subscribers of its COMMIT_DIFF. */
export interface OpenDiff {
  readonly thandle: number
  readonly usid: number
  /** The event of its COMMIT_DIFF: who may receive and answer it may read the changes. */
  readonly frame: Uint8Array
  /** Secrets are masked. */
  readonly changes: readonly KeyedChange[]
}

/** The transactions whose changes can be read. */
export class OpenDiffs {
  readonly #open = new Map<number, OpenDiff>()
  #last = 0

  /** Returns a function that ends it. */
  add(diff: OpenDiff): () => void {
    const { thandle } = diff
    this.#open.set(thandle, diff)
    this.#last = Math.max(this.#last, thandle)
    return () => void this.#open.delete(thandle)
  }

  /** Throws TCN_NCS_TRANSACTION, or TCN_NCS_TRANSACTION_OVER if it has ended. */
  find(thandle: number, usid: number): OpenDiff {
    const found = this.#open.get(thandle)
    if (found?.usid === usid) return found
    if (found === undefined && thandle <= this.#last)
      throw new TocsinError('TCN_NCS_TRANSACTION_OVER', `the transaction ${thandle} waits no longer`)
    throw noTransaction(thandle, usid)
  }
}

/** The error for a transaction that the caller may not see, or that there never was. */
export function noTransaction(thandle: number, usid: number): TocsinError {
  return new TocsinError('TCN_NCS_TRANSACTION', `no transaction ${thandle} of the session ${usid} waits`)
}
