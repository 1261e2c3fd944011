import { formatCount as count } from '../../src/types/figures.js'

/** Texts that are only read aloud. */
export const spokenStrings = {
  modes: {
    loading: '',
    'catching up': '',
    live: 'following',
    cut: '',
    paused: 'paused',
    failed: 'paused',
    replaying: 'replaying',
    held: 'paused',
  },
  event: (severity: string, tag: string, summary: string) =>
    `${severity === '' ? '' : `${severity}: `}${tag} ${summary}`,
  many: (rate: number) => `many events: about ${count(rate)} a second`,
} as const
