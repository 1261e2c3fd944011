/**
 * The rhythm of a host, in seconds: the longest pause between its events that is usual. Pauses count less as time passes,
 * so that a host which reports more often than before is expected more often. 0: nothing was learned.
 */

/** Events within this time are heard as one. */
const BURST = 1
const HALF_LIFE = 86_400
const SHORTEST_SILENCE = 300
const LONGEST_SILENCE = 86_400
/** A host is expected only once it was heard for its rhythm times this number. */
const KNOWN_RHYTHMS = 24
const KNOWN_AFTER = 3_600
/** A silence is longer than the rhythm by this factor. */
const MISSED = 3
/** The same factor for a host while others are silent. */
const SUSPECTED = 2

/** Returns the rhythm after a pause. */
export function learnPause(rhythm: number, pause: number): number {
  if (pause < BURST) return rhythm
  return Math.max(pause, rhythm * 2 ** (-pause / HALF_LIFE))
}

/** Returns the rhythm after a silence: how long a host was dead says little about how often it reports. */
export function learnSilence(rhythm: number, pause: number): number {
  return Math.max(rhythm, Math.min(pause, 2 * rhythm))
}

/** Time without an event after which a host counts as silent; infinite as long as it is not known well enough. */
export function silenceAfter(rhythm: number, heardFor: number): number {
  if (rhythm === 0 || heardFor < Math.max(KNOWN_AFTER, KNOWN_RHYTHMS * rhythm))
    return Number.POSITIVE_INFINITY
  return Math.min(Math.max(MISSED * rhythm, SHORTEST_SILENCE), LONGEST_SILENCE)
}

/** After that time, a host is silent if others fall silent with it. */
export function suspectedAfter(rhythm: number, heardFor: number): number {
  return Math.max(silenceAfter(rhythm, heardFor) / 2, SUSPECTED * rhythm)
}
