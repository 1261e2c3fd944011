import type { FrameBatch } from '../log/event-log.js'

/** For `append` to a log that others share: the seq is needed, even if the events were stored before. */
export interface PlacedBatch extends FrameBatch {
  needsSeq?: boolean
}
