/** Headings of the list of commands. */
export const groups = {
  hub: 'The hub:',
  events: 'Events:',
  look: 'A look inside:',
  log: 'The log:',
  consumers: 'Durable consumers:',
  settings: 'Settings:',
  help: 'Help:',
} as const
