import { formatCount as count } from '../../src/types/figures.js'

/** The texts about lines that are alike. */
export const patternStrings = {
  title: 'Patterns',
  reading: (events: number) => `${count(events)} events read …`,
  read: (events: number, isAll: boolean) =>
    `${isAll ? 'All' : 'The latest'} ${count(events)} events. What has a digit may be anything.`,
  none: 'No event matches.',
  only: (pattern: string) => `Only events like ${pattern}`,
} as const
