import { formatCount as count } from '../../src/types/figures.js'

const plural = (number: number, word: string) => `${count(number)} ${word}${number === 1 ? '' : 's'}`

/** Texts of the work on the log that somebody asks for. */
export const upkeepStrings = {
  close: 'Close',
  stop: 'Stop',
  verify: {
    button: 'Verify …',
    title: 'Verify the log',
    action: 'Verify',
    question: (bytes: string) =>
      `Check every stored chunk against its checksum? The hub reads ${bytes} for it, and serves all others meanwhile.`,
    progress: (events: number) => `Checked ${plural(events, 'event')} …`,
    nothing: 'No chunk is stored: there is nothing to check.',
    sound: (events: number, chunks: number, bytes: string) =>
      `${plural(events, 'event')} in ${plural(chunks, 'chunk')}, ${bytes}: no damage found.`,
    faulty: (faulty: number, chunks: number) => `${count(faulty)} of ${plural(chunks, 'chunk')} damaged.`,
    damage: (segment: string, from: number, to: number, why: string) =>
      `${segment} @${from} to @${to}: ${why}`,
    more: (number: number) => `${count(number)} more`,
    remedy: 'Stop the hub and run `tocsin log repair`, with its --data, to see what can be saved.',
  },
  compact: {
    button: 'Compact …',
    title: 'Compact the log',
    action: 'Delete',
    question: (retention: string) =>
      `Delete for good the events over the limits of the retention (${retention})? This cannot be undone.`,
    progress: 'Compacting …',
    removed: (from: number, to: number) => `Deleted @${from} to @${to}.`,
    nothing: 'Nothing was deleted: no whole segment is over the limits.',
    before: 'before',
    after: 'after',
    took: 'took',
    commits: 'commits since',
    file: 'log',
  },
} as const
