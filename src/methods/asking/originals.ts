import { JOB_TAGS } from '../../access/job-privacy.js'
import type { Attributes } from '../../event/attributes.js'
import { isCursor, parseCursor } from '../../event/cursor.js'
import { Event } from '../../event/event.js'
import { PATH_ATTRIBUTE } from '../../protocols/native/event-path.js'
import type { EdgePage } from './edge-page.js'
import type { EdgeQuestion, HubToAsk } from './question.js'

interface Original {
  readonly hub: HubToAsk
  /** Number of the first event that it has. */
  readonly first: number
}

/** Attributes that forwarding adds: a filter on them may match the copy of an event alone. */
const ADDED = /\b(?:id|time|tocsinpath|edge|cursor)\b/

/** Finds copies of events which the hub that they come from has answered with too. */
export class Originals {
  readonly #question: EdgeQuestion
  readonly #isOff: boolean
  /** By the epoch of the log; null if two hubs claim it. */
  readonly #hubs = new Map<string, Original | null>()

  constructor(question: EdgeQuestion, filters: unknown) {
    this.#question = question
    this.#isOff = ADDED.test(JSON.stringify(filters) ?? '')
  }

  learn(hub: HubToAsk, { epoch, first }: Pick<EdgePage, 'epoch' | 'first'>): void {
    if (epoch === '' || !hub.all) return
    const known = this.#hubs.get(epoch)
    if (known === undefined) this.#hubs.set(epoch, { hub, first })
    else if (known !== null && known.hub.stream !== hub.stream) this.#hubs.set(epoch, null)
  }

  /** Returns whether the event of a hub is a copy that its original makes superfluous. */
  has(hub: HubToAsk, frames: Uint8Array, at: number, { [PATH_ATTRIBUTE]: path, id }: Attributes): boolean {
    if (typeof path !== 'string' || this.#isOff) return false
    for (const epoch of path.split('.')) {
      const original = this.#hubs.get(epoch)
      if (!original || original.hub.stream === hub.stream || this.#question.isMissing(original.hub)) continue
      const cursor = typeof id === 'string' && isCursor(id) ? parseCursor(id) : undefined
      const isKept = cursor?.epoch === epoch ? cursor.seq >= original.first : original.first <= 1
      // Edge hubs do not answer with events of jobs.
      if (isKept && !new Event(frames, at).tag.startsWith(JOB_TAGS)) return true
    }
    return false
  }
}
