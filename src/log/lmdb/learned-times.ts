import type { ChunkSummary, TimeSpan } from '../event-log.js'
import { disjoint, EventTimeSpans, timesOf } from '../event-times.js'
import type { Segment } from './segment.js'

/** When the events of a segment happened, learned while its summaries are read one after another for a question. */
export class LearnedTimes {
  #segment: Segment | undefined
  #spans = new EventTimeSpans()

  /** The summaries of the segment that follow those of the call before. */
  add(segment: Segment, summaries: readonly ChunkSummary[]): void {
    if (summaries[0]?.firstSeq === segment.firstSeq) {
      this.#segment = segment
      this.#spans = new EventTimeSpans()
    }
    if (this.#segment !== segment) return
    for (const summary of summaries) this.#spans.addAll({ count: 0, spans: timesOf(summary) })
    if (summaries.at(-1)?.lastSeq === segment.lastSeq) segment.happened = this.#spans.times().spans
  }

  /** Events were left out, since they are damaged. */
  forget(): void {
    this.#segment = undefined
  }
}

/** Returns whether an event of the segment can have happened in this span; true also if that is not known. */
export function mayHaveHappened({ happened }: Pick<Segment, 'happened'>, { from, to }: TimeSpan): boolean {
  return happened === undefined || disjoint(happened).some((span) => span.from <= to && span.to >= from)
}
