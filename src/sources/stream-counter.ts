/**
 * Identifies an event in a stream that can be read again, such as a file. After a crash, a source reads from the
 * position stored last, and the hub drops events whose counter it has already received.
 */
export interface StreamCounter {
  /** A name that is never used for another stream. */
  stream: string
  /** Rises within the stream. */
  counter: number
}
