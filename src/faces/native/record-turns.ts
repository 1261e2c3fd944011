import type { LongWork } from '../../incremental/long-work.js'
import { Op } from '../../protocols/native/protocol.js'

/** Decides how many records of a connection are handled in one turn of the event loop. */
export class RecordTurns {
  readonly #work: Pick<LongWork, 'hasTime'>
  #records = 0
  #isCostly = false

  constructor(work: Pick<LongWork, 'hasTime'>) {
    this.#work = work
  }

  /**
   * Called before each record. The filter of a request or subscription may take milliseconds to compile, and so may a
   * thousand packed events.
   */
  begin(op: number): void {
    this.#isCostly = op === Op.request || op === Op.subscribe || op === Op.packed
    // The time of this turn begins before such a record.
    if (this.#isCostly) void this.#work.hasTime
  }

  /** Looks at the clock for one short record in eight: that takes longer than to handle one. */
  get isOver(): boolean {
    return (this.#isCostly || ++this.#records % 8 === 0) && !this.#work.hasTime
  }
}
