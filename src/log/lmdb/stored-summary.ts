import type { ChunkSummary, EventTimes, ProducerRange, TopCounts } from '../event-log.js'
import { decodeSummary, readEventTimes, readPrefixes, readSummaryHeader } from './summary-codec.js'

/** A summary in its stored form. Its lists are decoded when they are first used. */
export class StoredSummary implements ChunkSummary {
  readonly firstSeq: number
  readonly lastSeq: number
  readonly firstTime: number
  readonly lastTime: number
  readonly count: number
  readonly bytes: number
  readonly crc32: number
  readonly encoded: Uint8Array
  #decoded: ChunkSummary | undefined
  #prefixes: TopCounts | undefined
  #times: EventTimes | undefined

  /** Throws RangeError if the bytes are not a valid summary. */
  constructor(encoded: Uint8Array) {
    const header = readSummaryHeader(encoded)
    this.firstSeq = header.firstSeq
    this.lastSeq = header.lastSeq
    this.firstTime = header.firstTime
    this.lastTime = header.lastTime
    this.count = header.count
    this.bytes = header.bytes
    this.crc32 = header.crc32
    this.encoded = encoded
  }

  get types(): TopCounts {
    return this.#lists.types
  }

  get sources(): TopCounts {
    return this.#lists.sources
  }

  get prefixes(): TopCounts {
    this.#prefixes ??= readPrefixes(this.encoded)
    return this.#prefixes
  }

  get producers(): ProducerRange[] {
    return this.#lists.producers
  }

  get eventTimes(): EventTimes | undefined {
    this.#times ??= readEventTimes(this.encoded)
    return this.#times
  }

  get #lists(): ChunkSummary {
    this.#decoded ??= decodeSummary(this.encoded)
    return this.#decoded
  }
}

/** Returns undefined for a damaged summary. */
export function soundSummary(bytes: Uint8Array): StoredSummary | undefined {
  try {
    return new StoredSummary(bytes)
  } catch {
    return undefined
  }
}
