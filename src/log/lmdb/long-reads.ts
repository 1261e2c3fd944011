import { doneInTurns, nextTurn, type Runtime } from '../../event/runtime.js'
import type { FrameRange } from '../frame-range.js'
import { NotReady } from '../not-ready.js'
import type { Segment } from './segment.js'
import type { SummaryHeader } from './summary-codec.js'

interface LongRead {
  readonly over: Promise<void>
  /** Set when it is over: returns the chunk if it is valid, or throws what the read has thrown. */
  result?: () => FrameRange | undefined
}

/** Reads long chunks a part in each turn of the event loop. Readers of the same chunk wait for one read. */
export class LongReads {
  readonly #runtime: Pick<Runtime, 'soon'>
  readonly #reads = new Map<number, LongRead>()

  constructor(runtime: Pick<Runtime, 'soon'>) {
    this.#runtime = runtime
  }

  /** Returns a chunk that was located in this turn, verified. Throws NotReady until it is read. */
  load(segment: Segment, chunk: SummaryHeader): FrameRange {
    const { result, over } = this.#reads.get(chunk.firstSeq) ?? this.#begin(segment, chunk)
    if (result === undefined) throw new NotReady(over)
    return result() ?? segment.load(chunk)
  }

  #begin(segment: Segment, chunk: SummaryHeader): LongRead {
    const over = this.#read(segment, chunk).then((result) => {
      read.result = result
      // Those that wait for it take it in this turn. Later it is found in the cache, as long as one of them has it.
      this.#runtime.soon(() => this.#reads.delete(chunk.firstSeq))
    })
    const read: LongRead = { over }
    this.#reads.set(chunk.firstSeq, read)
    return read
  }

  async #read(segment: Segment, chunk: SummaryHeader): Promise<() => FrameRange | undefined> {
    segment.readers++
    try {
      const loaded = await doneInTurns(segment.loadInSteps(chunk), () => nextTurn(this.#runtime))
      return () => loaded
    } catch (thrown) {
      return () => {
        throw thrown
      }
    } finally {
      segment.readers--
    }
  }
}
