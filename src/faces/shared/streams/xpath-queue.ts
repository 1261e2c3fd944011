import { Event } from '../../../event/event.js'
import { frameBytes } from '../../../event/frame.js'
import type { LongWork } from '../../../incremental/long-work.js'
import type { XPathFilter } from '../xpath/filter.js'
import { runsOf } from './frame-runs.js'

/** Events that are tested in one step with an expression of up to so many characters. */
const EVENTS_A_STEP = 16
const CHARACTERS_A_STEP = 256
const BYTES_A_STEP = 16 * 1024

type Answer = boolean | Promise<boolean>

export interface XPathQueueOptions {
  readonly filter: XPathFilter
  readonly work: LongWork
  readonly principal: string
  /** Receives the frames that match, in order. They are not used by the queue any more when this returns. */
  matched(frames: readonly Uint8Array[]): void
  /** Called when less waits than before. */
  taken(): void
  failed(error: unknown): void
}

/**
 * Events that wait to be tested with an XPath expression, in order and without holding up others. They stay in the memory
 * that they came in: `pending` tells the bus that it is in use, and that no more is wanted for now.
 */
export class XPathQueue {
  readonly #options: XPathQueueOptions
  readonly #waiting: (Uint8Array | (() => void))[] = []
  #pending = 0
  #isRunning = false
  #isClosed = false

  constructor(options: XPathQueueOptions) {
    this.#options = options
  }

  /** Bytes of events that wait. */
  get pending(): number {
    return this.#pending
  }

  add(frames: Uint8Array): void {
    this.#pending += frames.length
    this.#append(frames)
  }

  /** Calls a function when everything before it has been tested. */
  afterwards(run: () => void): void {
    this.#append(run)
  }

  close(): void {
    this.#isClosed = true
    this.#waiting.length = 0
    this.#pending = 0
  }

  #append(next: Uint8Array | (() => void)): void {
    if (this.#isClosed) return
    this.#waiting.push(next)
    if (this.#isRunning) return
    this.#isRunning = true
    this.#run().catch((error) => {
      if (!this.#isClosed) this.#options.failed(error)
    })
  }

  async #run(): Promise<void> {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      if (typeof next === 'function') next()
      else await this.#test(next)
    }
    // Not in a promise after this, before which something could be appended that would never be taken.
    this.#isRunning = false
  }

  async #test(frames: Uint8Array): Promise<void> {
    const { work, principal, matched, taken } = this.#options
    const answers = await settled(await work.run(principal, this.#answers(frames)))
    if (this.#isClosed) return
    let nth = 0
    const runs = runsOf(frames, () => answers[nth++])
    if (runs.length > 0) matched(runs)
    this.#pending -= frames.length
    taken()
  }

  *#answers(frames: Uint8Array): Generator<undefined, Answer[]> {
    const { filter } = this.#options
    const step = Math.max(
      1,
      Math.floor((EVENTS_A_STEP * CHARACTERS_A_STEP) / Math.max(filter.length, CHARACTERS_A_STEP)),
    )
    const answers: Answer[] = []
    for (let at = 0, stepAt = 0; at < frames.length && !this.#isClosed; ) {
      const answer = filter.matches(new Event(frames, at))
      // It may be refused before anybody waits for it.
      if (typeof answer !== 'boolean') answer.catch(() => undefined)
      answers.push(answer)
      at += frameBytes(frames, at)
      if (answers.length % step !== 0 && at - stepAt < BYTES_A_STEP) continue
      stepAt = at
      yield
    }
    return answers
  }
}

/** Most answers are known at once, and then all of a batch are. */
function settled(answers: Answer[]): Promise<boolean[]> | boolean[] {
  return answers.every((answer) => typeof answer === 'boolean') ? answers : Promise.all(answers)
}
