import { join } from 'node:path'
import { TocsinError } from '../../errors/tocsin-error.js'
import type { Runtime } from '../../event/runtime.js'
import { type Owner, OwnerLock } from '../../storage/owner-lock.js'

/** Ensures that only one hub uses the folder of a log. */
export class LogOwner {
  readonly #lock: OwnerLock
  readonly #folder: string
  /** Called with TCN_LOG_OVERTAKEN when another hub has taken over the folder. */
  onOvertaken: (fault: TocsinError) => void = () => undefined

  private constructor(folder: string, lock: OwnerLock) {
    this.#folder = folder
    this.#lock = lock
    lock.onOvertaken = (owner) => this.onOvertaken(this.#overtaken(owner))
  }

  /** Takes the lock of the folder. Rejects with TCN_LOG_LOCKED or a DiskFault. */
  static async take(folder: string, runtime: Runtime): Promise<LogOwner> {
    const taken = await OwnerLock.take(join(folder, 'owner'), runtime)
    if (taken instanceof OwnerLock) return new LogOwner(folder, taken)
    const details = { folder, pid: taken.pid }
    throw new TocsinError('TCN_LOG_LOCKED', `process ${taken.pid} uses ${folder}`, { details })
  }

  get isOwner(): boolean {
    return this.#lock.overtakenBy === undefined
  }

  /** Throws TCN_LOG_OVERTAKEN if another hub has taken over the folder. */
  check(): void {
    const owner = this.#lock.overtakenBy
    if (owner !== undefined) throw this.#overtaken(owner)
  }

  release(): void {
    this.#lock.release()
  }

  #overtaken({ pid }: Owner): TocsinError {
    const folder = this.#folder
    const message = `process ${pid} has taken over ${folder}`
    return new TocsinError('TCN_LOG_OVERTAKEN', message, { details: { folder, pid } })
  }
}
