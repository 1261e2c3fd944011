import { messageOf } from '../errors/thrown.js'
import { TocsinError } from '../errors/tocsin-error.js'
import type { Runtime } from '../event/runtime.js'
import { type DeviceChange, readChange } from '../protocols/netconf/codec/configuration.js'
import type { PushItem, PushStep } from './item.js'
import type { PushSession } from './push-session.js'

/** Time by which a device may be late in its return to the old configuration, µs. */
const LATE = 5_000_000
const LOOK_MS = 1_000

export interface PushRunHost {
  readonly runtime: Runtime
  /** Resolves when others may know of it, and have agreed. */
  audit(item: PushItem, change: DeviceChange): Promise<void>
  open(): Promise<PushSession>
  /** Stores a change of the item, and publishes it. */
  save(changed: Partial<PushItem>): Promise<PushItem>
}

/**
 * Sends one change to a device. Before each step it is stored which one that is: after a crash, the steps up to the commit
 * have left the device as it was, and the confirmation alone leaves something to be found out.
 */
export class PushRun {
  readonly #host: PushRunHost
  readonly #change: DeviceChange
  #item: PushItem
  #session: PushSession | undefined

  constructor(host: PushRunHost, item: PushItem) {
    this.#host = host
    this.#item = item
    this.#change = readChange(item.change)
  }

  async run(): Promise<void> {
    try {
      await this.#send()
    } catch (thrown) {
      await this.#failed(thrown)
    } finally {
      await this.#session?.close()
    }
  }

  /** Finds out what a device has after a crash, or after a confirmation that was not answered. */
  async recover(): Promise<void> {
    const { step, confirm, since, before, after } = this.#item
    const until = since + confirm * 1_000_000 + LATE
    if (step !== 'commit' && step !== 'confirm') return this.#isOld('the hub was ended before the commit')
    for (;;) {
      const found = await this.#digest()
      const isOver = this.#host.runtime.now() >= until
      if (found === before && (isOver || step === 'commit' || before !== after))
        return this.#isOld(`the hub was ended at the step ${step}`)
      if (isOver && step === 'confirm' && found === after) {
        await this.#save({ state: 'completed', step: undefined, has: 'new' })
        return
      }
      if (isOver) {
        const reason = 'the hub was ended, and the device has another configuration than before and after'
        await this.#save({ state: 'failed', step: undefined, has: 'unknown', reason })
        return
      }
      await new Promise<void>((resolve) => this.#host.runtime.after(LOOK_MS, resolve))
    }
  }

  async #send(): Promise<void> {
    await this.#step('audit')
    await this.#host.audit(this.#item, this.#change)
    await this.#step('connect')
    const session = await this.#host.open()
    this.#session = session
    session.check()
    await this.#step('lock')
    await session.lock()
    await this.#step('edit', { before: await session.digest(this.#change), after: undefined })
    await session.edit(this.#change)
    const wanted = await session.digest(this.#change, 'candidate')
    await this.#step('validate')
    await session.validate()
    await this.#step('commit')
    await this.#step('confirm', { after: await this.#commit(session, wanted) })
    await session.confirm()
    await this.#save({ state: 'completed', step: undefined, has: 'new' })
    await session.unlock()
  }

  /**
   * Returns a digest of the new configuration. After a validation, netconfd 2.13 answers a commit with `ok` and changes
   * nothing, so that the change is made once more without one.
   */
  async #commit(session: PushSession, wanted: string): Promise<string> {
    const { confirm, before } = this.#item
    await session.commit(confirm)
    const found = await session.digest(this.#change)
    if (found === wanted || found !== before) return found
    await session.edit(this.#change)
    await session.commit(confirm)
    const again = await session.digest(this.#change)
    if (again !== before) return again
    throw new TocsinError('TCN_DEVICES_PUSH', 'the device has accepted the change, and has not made it')
  }

  async #step(step: PushStep, more: Partial<PushItem> = {}): Promise<void> {
    await this.#save({ state: 'executing', step, ...more })
  }

  async #save(changed: Partial<PushItem>): Promise<void> {
    this.#item = await this.#host.save(changed)
  }

  async #isOld(reason: string): Promise<void> {
    await this.#save({ state: 'waiting', step: undefined, has: 'old', reason })
  }

  async #failed(thrown: unknown): Promise<void> {
    const { state, step } = this.#item
    if (state === 'completed') return
    const reason = messageOf(thrown)
    if (step === 'edit' || step === 'validate') await this.#session?.discard().catch(() => {})
    // With the end of the session, a device that has not got the confirmation returns to what it had.
    await this.#session?.close().catch(() => {})
    if (step === 'commit' || step === 'confirm') {
      await this.recover()
      if (this.#item.state === 'waiting') await this.#save({ state: 'failed', has: 'old', reason })
      return
    }
    const isLocked = TocsinError.is(thrown, 'TCN_NETCONF_REFUSED') && step === 'lock'
    await this.#save({ state: isLocked ? 'locked' : 'failed', step: undefined, has: 'old', reason })
  }

  /** Tries until the device answers. */
  async #digest(): Promise<string | undefined> {
    try {
      const session = await this.#host.open()
      try {
        return await session.digest(this.#change)
      } finally {
        await session.close()
      }
    } catch {
      return undefined
    }
  }
}
