import { messageOf } from '../errors/thrown.js'
import { TocsinError } from '../errors/tocsin-error.js'
import { scatteredPause } from '../event/retry-pause.js'
import { type Runtime, sleep } from '../event/runtime.js'
import { type DeviceChange, readChange } from '../protocols/netconf/codec/configuration.js'
import type { PushItem, PushStep } from './item.js'
import type { PushSession } from './push-session.js'
import { isConflict } from './stored-items.js'

/** Time by which a device may be late in its return to the old configuration, µs. */
const LATE = 5_000_000
const LOOK_MS = 1_000
/** Pauses between questions to a device that does not answer, and the time after which it is given up, ms. */
const ABSENT = { first: 1_000, longest: 60_000 }
const GIVEN_UP_MS = 3_600_000

export interface PushRunHost {
  readonly runtime: Runtime
  /** Ends it, and leaves the item as it is. */
  readonly signal: AbortSignal
  /** Resolves when others may know of it, and have agreed. */
  audit(item: PushItem, change: DeviceChange): Promise<void>
  open(): Promise<OpenPush>
  /** Stores a change of the item, and publishes it. */
  save(changed: Partial<PushItem>): Promise<PushItem>
}

/** The session in which a change is made. */
export type OpenPush = Pick<
  PushSession,
  'check' | 'lock' | 'digest' | 'edit' | 'validate' | 'commit' | 'confirm' | 'unlock' | 'discard' | 'close'
>

/**
 * Sends one change to a device. Before each step it is stored which one that is: after a crash, the steps up to the commit
 * have left the device as it was, and the confirmation alone leaves something to be found out.
 */
export class PushRun {
  readonly #host: PushRunHost
  readonly #change: DeviceChange
  #item: PushItem
  #session: OpenPush | undefined

  /** Throws TCN_NETCONF_XML. */
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

  /**
   * Finds out what a device has after a crash, or after a commit or a confirmation that was not answered.
   * `cause`: why the change has failed if the device has not made it; without one it is sent again.
   */
  async recover(cause?: string): Promise<void> {
    const { step, confirm, since, before, after } = this.#item
    if (step !== 'commit' && step !== 'confirm')
      return this.#isOld(cause, 'the hub was ended before the commit')
    const until = since + confirm * 1_000_000 + LATE
    for (;;) {
      // The clock is read first: an answer is about a time no earlier.
      const isOver = this.#host.runtime.now() >= until
      const found = await this.#answered()
      if (found === undefined) return this.#isUnknown(cause, 'the device did not answer')
      if (isOver && step === 'confirm' && found === after) return this.#isNew()
      if (found === before && (isOver || step === 'commit' || before !== after))
        return this.#isOld(cause, `the hub was ended at the step ${step}`)
      if (isOver) return this.#isUnknown(cause, 'the device has another configuration than before and after')
      await this.#pause(LOOK_MS)
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
    await this.#commit(session, wanted)
    await this.#step('confirm', { after: wanted })
    await session.confirm()
    await this.#isNew()
    await session.unlock()
  }

  /**
   * After a validation, netconfd 2.13 answers a commit with `ok` and changes nothing, so that the change is made once more
   * without one.
   */
  async #commit(session: OpenPush, wanted: string): Promise<void> {
    const { confirm } = this.#item
    await session.commit(confirm)
    if ((await session.digest(this.#change)) === wanted) return
    await session.edit(this.#change)
    await session.commit(confirm)
    if ((await session.digest(this.#change)) === wanted) return
    throw new TocsinError('TCN_DEVICES_PUSH', 'the device has accepted the change, and has not made it')
  }

  async #step(step: PushStep, more: Partial<PushItem> = {}): Promise<void> {
    await this.#save({ state: 'executing', step, ...more })
  }

  async #save(changed: Partial<PushItem>): Promise<void> {
    this.#item = await this.#host.save(changed)
  }

  async #isNew(): Promise<void> {
    await this.#save({ state: 'completed', step: undefined, has: 'new' })
  }

  async #isOld(cause: string | undefined, interrupted: string): Promise<void> {
    const state = cause === undefined ? 'waiting' : 'failed'
    await this.#save({ state, step: undefined, has: 'old', reason: cause ?? interrupted })
  }

  async #isUnknown(cause: string | undefined, found: string): Promise<void> {
    const reason = cause === undefined ? found : `${cause}; ${found}`
    await this.#save({ state: 'failed', step: undefined, has: 'unknown', reason })
  }

  async #failed(thrown: unknown): Promise<void> {
    this.#host.signal.throwIfAborted()
    const { state, step } = this.#item
    if (state === 'completed') return
    const reason = messageOf(thrown)
    if (step === 'edit' || step === 'validate') await this.#session?.discard().catch(() => {})
    // With the end of the session, a device that has not got the confirmation returns to what it had.
    await this.#session?.close().catch(() => {})
    // Another hub has the item, and finds out what the device has.
    if (isConflict(thrown)) throw thrown
    if (step === 'commit' || step === 'confirm') return this.recover(reason)
    const isLocked = TocsinError.is(thrown, 'TCN_NETCONF_REFUSED') && step === 'lock'
    await this.#save({ state: isLocked ? 'locked' : 'failed', step: undefined, has: 'old', reason })
  }

  /** Returns a digest as soon as the device answers; undefined if it does not. */
  async #answered(): Promise<string | undefined> {
    const { runtime } = this.#host
    const end = runtime.monotonic() + GIVEN_UP_MS
    for (let failures = 1; ; failures++) {
      const found = await this.#digest()
      if (found !== undefined || runtime.monotonic() >= end) return found
      await this.#pause(scatteredPause(failures, ABSENT, runtime))
    }
  }

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

  async #pause(ms: number): Promise<void> {
    const { runtime, signal } = this.#host
    await sleep(runtime, ms, signal)
    signal.throwIfAborted()
  }
}
