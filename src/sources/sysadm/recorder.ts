import { catalogue } from '../../errors/catalogue.js'
import { checkFrame, type FrameLimits, WIDEST_LIMITS } from '../../event/check.js'
import { encodeFrame } from '../../event/frame.js'
import { encode } from '../../event/msgpack/encoder.js'
import type { Cancel } from '../../event/runtime.js'
import { tagSegment } from '../../event/tag.js'
import { genuineArgs, type ServerEvent } from '../../protocols/sysadm/client/events.js'
import { dispatcherTag, lifePreserverTag, sysadmClasses } from '../../protocols/sysadm/codec/classes.js'
import type { SourceContext } from '../source.js'

/** Kept while the hub accepts no events. */
const MAX_WAITING_BYTES = 16 * 2 ** 20
const RETRY_MS = 20

interface Waiting {
  frame: Uint8Array
  published(): void
}

/** Publishes events of servers under the names of their hosts. */
export class Recorder {
  readonly #context: SourceContext
  readonly #limits: FrameLimits
  readonly #waiting: Waiting[] = []
  #waitingBytes = 0
  #again: Cancel | undefined

  constructor(context: SourceContext) {
    this.#context = context
    this.#limits = { ...WIDEST_LIMITS, frame: context.largestFrame }
  }

  get waiting(): number {
    return this.#waiting.length
  }

  /** `published` is called when the hub has taken the event. */
  record(host: string, event: ServerEvent, published: () => void): void {
    const path = pathOf(event)
    if (path === undefined) return
    const body = encode(genuineArgs(event))
    const frame = encodeFrame({ tag: `host/${tagSegment(host)}/${path}`, source: this.#context.origin, body })
    const fault = checkFrame(frame, 0, frame.length, this.#limits)
    if (fault !== undefined)
      this.#context.lost(1, `the server sent an event that cannot be recorded: ${catalogue[fault].summary}`)
    else if (this.#waitingBytes + frame.length > MAX_WAITING_BYTES)
      this.#context.lost(1, 'the hub accepted no events')
    else {
      this.#waiting.push({ frame, published })
      this.#waitingBytes += frame.length
      this.#flush()
    }
  }

  /** Gives up what waits. */
  stop(): void {
    this.#again?.()
    this.#context.lost(this.#waiting.length, 'the hub accepted no events')
    this.#waiting.length = 0
  }

  #flush(): void {
    if (this.#again !== undefined) return
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (!this.#context.publishFrames(next.frame, 1)) break
      this.#waiting.shift()
      this.#waitingBytes -= next.frame.length
      next.published()
    }
    if (this.#waiting.length === 0) return
    this.#again = this.#context.runtime.after(RETRY_MS, () => {
      this.#again = undefined
      this.#flush()
    })
  }
}

/** Undefined for events of classes that nobody knows. */
function pathOf(event: ServerEvent): string | undefined {
  switch (event.class) {
    case 'dispatcher':
      return dispatcherTag(event.job)
    case 'life-preserver':
      return lifePreserverTag(event.kind)
    case 'system-state':
    case 'bridge':
      return sysadmClasses[event.class]
    default:
      return undefined
  }
}
