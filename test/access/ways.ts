import type { MatrixHub } from './matrix-hub.js'

/** Everything that a subscriber has received so far, as text. */
export interface Reading {
  text(): string
  close(): void
}

export interface Outgoing {
  tag: string
  source: string
}

/**
 * The ways in which a principal can read and publish over a face. Each face has them in `test/faces/<name>/ways.ts`,
 * by a name for people. A way to read begins with the first event of the log and ends its answer with `isLive`.
 */
export interface FaceWays {
  reads: Readonly<Record<string, (hub: MatrixHub, as: string) => Promise<Reading>>>
  /** Ways to read that refuse a principal that may see nothing; the others wait for it to get the right. */
  refuseTheBlind?: readonly string[]
  /** What the text of a reading contains once it has reached the present. */
  isLive: RegExp
  /** Resolves when the event was accepted or refused. */
  publishes: Readonly<Record<string, (hub: MatrixHub, as: string, event: Outgoing) => Promise<unknown>>>
}
