import type { SubscribeRequest } from '../../../src/bus/api.js'

/** A filter, and a function that tells which of the published tags it matches. */
export interface ModelFilter {
  filters: SubscribeRequest['filters']
  matches(tag: string): boolean
}

const starts = (tag: string, prefix: string) => tag.startsWith(prefix)

export const modelFilters: ModelFilter[] = [
  { filters: undefined, matches: () => true },
  { filters: 'a/', matches: (tag) => starts(tag, 'a/') },
  { filters: ['a/', 'b/'], matches: (tag) => starts(tag, 'a/') || starts(tag, 'b/') },
  { filters: ['!a/'], matches: (tag) => !starts(tag, 'a/') },
  { filters: '*/1*', matches: (tag) => tag.includes('/1') },
  { filters: { suffix: { tag: '7' } }, matches: (tag) => tag.endsWith('7') },
  { filters: 'never/', matches: () => false },
]
