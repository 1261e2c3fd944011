/** The texts about a view elsewhere. */
export const shareStrings = {
  title: 'The same view elsewhere',
  asCommand: 'as command',
  asUrl: 'as URL',
  asCode: 'as code',
  asLink: 'as link',
} as const
