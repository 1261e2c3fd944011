/** The texts about a word with which no tag begins. */
export const searchInsteadStrings = {
  noTag: (word: string) => `No tag begins with ${word}.`,
  search: 'Search it in all text',
} as const
