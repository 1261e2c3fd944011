import { faultInTurns, type Turns } from '../../storage/check-in-turns.js'
import { DiskFault } from '../../storage/disk-fault.js'
import { dataFile, dataFileBytes } from '../../storage/folder.js'
import { NotReady } from '../not-ready.js'

/** The check of a file up to this size takes a few milliseconds at most. */
const MAX_AT_ONCE = 4 * 1024 * 1024

/** Checks the pages of a sealed segment before LMDB opens it for the first time: of a large file, a few in each turn. */
export class SegmentCheck {
  readonly #folder: string
  readonly turns: Turns | undefined
  /** True if the pages of the file were found to be sound. A sealed segment does not change any more. */
  isSound = false
  #fault: DiskFault | undefined
  #running: Promise<void> | undefined
  #hasFailed = false

  /** Without `turns`, opening the file checks all of it at once. */
  constructor(folder: string, turns: Turns | undefined) {
    this.#folder = folder
    this.turns = turns
  }

  /** Begins the check if the file needs one that takes long. Throws NotReady then. */
  begin(): void {
    if (this.isSound || this.#fault !== undefined || this.turns === undefined) return
    // Opening the file will fail for the same reason, and say so.
    if (this.#hasFailed) {
      this.#hasFailed = false
      return
    }
    if (dataFileBytes(this.#folder) <= MAX_AT_ONCE) return
    this.#running ??= this.#run(this.turns)
    throw new NotReady(this.#running)
  }

  /** Throws what was found to be damaged. */
  throwFault(): void {
    if (this.#fault !== undefined) throw this.#fault
  }

  async #run(turns: Turns): Promise<void> {
    try {
      const fault = await faultInTurns(this.#folder, false, turns)
      if (fault === undefined) this.isSound = true
      else this.#fault = new DiskFault('damaged', `${dataFile(this.#folder)}: ${fault}`)
    } catch {
      this.#hasFailed = true
    } finally {
      this.#running = undefined
    }
  }
}
