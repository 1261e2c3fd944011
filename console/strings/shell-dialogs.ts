/** The texts of the dialogs that every page has. */
export const shellDialogs = {
  keys: 'Keys',
  singleKeys: 'Single characters are keys of the page',
  keyNames: { ' ': 'Space', Escape: 'Esc', ArrowDown: '↓', ArrowUp: '↑', PageDown: 'PgDn', PageUp: 'PgUp' },
  stillIn: (why: string) => `You are still logged in. ${why}`,
} as const
