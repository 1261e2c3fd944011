import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { messageOf } from '../errors/thrown.js'
import { encodeFrame, setFrameTime } from '../event/frame.js'
import { encode } from '../event/msgpack/encoder.js'
import { CoreFault } from '../parts/core.js'
import { MOST_FAILURES } from '../parts/part.js'
import type { SourceHost, SourceItem } from './source.js'

/** Bytes of an item that are kept when it is parked. */
const MAX_RAW = 64 * 1024
const MAX_REASON = 500
/** Places that are remembered; the oldest is forgotten. */
const MAX_PLACES = 64
/** Bytes of the number that identifies a place. */
const NUMBER_BYTES = 6

interface FailedPlace {
  failures: number
  reason: string
  isParked: boolean
}

export interface FailedItemsOptions {
  readonly host: Pick<SourceHost, 'park' | 'runtime'>
  /** Name of the source. */
  readonly name: string
  readonly origin: string
  /** First segments of the tag of what is parked. */
  readonly tags: string
}

/** Told of an item that fails. */
export interface ItemListener {
  /** It is left out: it is parked, or dropped since it cannot come again. */
  leftOut(reason: string): void
  /** Something was thrown after which the source continues as it is. */
  noted(thrown: unknown): void
  /** The source must begin again. `failures`: how often this item has failed. */
  failed(thrown: unknown, failures: number): void
}

/** The items at which a source throws. Each is tried again, and parked when it has failed too often. */
export class FailedItems {
  /** Since the hub started. */
  parked = 0
  readonly #options: FailedItemsOptions
  readonly #places = new Map<string | undefined, FailedPlace>()
  #parking: Promise<void> = Promise.resolve()

  constructor(options: FailedItemsOptions) {
    this.#options = options
  }

  /** Resolves when everything parked so far is stored. */
  get stored(): Promise<void> {
    return this.#parking
  }

  /** Returns whether the source may continue after the item. */
  attempt(take: () => boolean, itemOf: () => SourceItem, listener: ItemListener): boolean {
    const known = this.#places.size === 0 ? undefined : this.#places.get(itemOf().place)
    if (known !== undefined && known.failures >= MOST_FAILURES) {
      this.#leaveOut(known, itemOf(), listener)
      return true
    }
    try {
      return take()
    } catch (thrown) {
      if (thrown instanceof CoreFault) throw thrown
      return this.#failed(thrown, itemOf().place, listener)
    }
  }

  #failed(thrown: unknown, place: string | undefined, listener: ItemListener): boolean {
    const reason = messageOf(thrown).slice(0, MAX_REASON)
    if (place === undefined) {
      listener.noted(thrown)
      listener.leftOut(`dropped: ${reason}`)
      return true
    }
    const failures = (this.#places.get(place)?.failures ?? 0) + 1
    if (failures === 1 && this.#places.size >= MAX_PLACES)
      this.#places.delete(this.#places.keys().next().value)
    this.#places.set(place, { failures, reason, isParked: false })
    listener.failed(thrown, failures)
    return false
  }

  /** An item that comes again before the position is stored is parked once. */
  #leaveOut(failed: FailedPlace, item: SourceItem, listener: ItemListener): void {
    if (failed.isParked) return
    failed.isParked = true
    this.parked++
    listener.leftOut(`parked after ${MOST_FAILURES} failures: ${failed.reason}`)
    const parked = this.#park(failed, item).catch((thrown) => listener.noted(thrown))
    this.#parking = this.#parking.then(() => parked)
  }

  async #park({ reason }: FailedPlace, { place = '', raw, seq }: SourceItem): Promise<void> {
    const { host, name } = this.#options
    const tries = MOST_FAILURES
    const bytes = typeof raw === 'string' ? Buffer.from(raw) : raw
    if (seq !== undefined) await host.park(name, { seq, isStored: true, frame: bytes, tries, reason })
    else await host.park(name, { seq: numberOf(place), frame: this.#frameOf(place, bytes), tries, reason })
  }

  #frameOf(place: string, bytes: Uint8Array): Uint8Array {
    const { origin, tags, host } = this.#options
    const kept = Buffer.from(bytes.subarray(0, MAX_RAW))
    const raw = isUtf8(kept) ? kept.toString('utf8') : kept
    const body = encode({ place, raw, length: bytes.length })
    const frame = encodeFrame({ tag: `${tags}/parked`, source: origin, body })
    setFrameTime(frame, 0, host.runtime.now())
    return frame
  }
}

/** The same for the same place, so that an item that is parked again after a crash is there once. */
function numberOf(place: string): number {
  return createHash('sha256').update(place).digest().readUIntBE(0, NUMBER_BYTES)
}
