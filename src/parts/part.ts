/** A part of the hub that can end and begin again while the others continue. */
export interface Part {
  readonly kind: PartKind
  readonly name: string
}

export type PartKind = keyof typeof restartedParts

/** The effect on a part of each kind when something throws in it. */
export const restartedParts = {
  source: 'The source stops, and starts again from its stored position. An upstream is a source.',
  sink: 'The sink stops, and starts again with the first event that is not settled.',
  rule: 'The rule stops, and starts again from its stored position. The other rules continue.',
  face: 'The connection is closed. If it is none of a connection, the listener is closed and opened again.',
  observer: 'It ends and begins again. It does not see what happens meanwhile.',
  job: 'The job is ended, and counts as failed.',
  upkeep: 'The log stays as it is, and the work is tried again after a pause.',
} as const

/** Failures of a part at the same event, or item, after which that is parked and the part continues. */
export const MOST_FAILURES = 10

/** The folders of `src` whose state all parts share. What throws in them ends the process. */
export const core = ['log', 'state', 'storage', 'bus', 'cluster', 'access', 'hub'] as const
