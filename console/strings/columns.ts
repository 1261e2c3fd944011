/** The texts about columns of choice. */
export const columnStrings = {
  title: 'Columns',
  remove: (field: string) => `Take away the column ${field}`,
} as const
