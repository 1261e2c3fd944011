/** Texts of the completion of filters. */
export const completionStrings = { search: 'search in all text' } as const
