export const explainStrings = { title: 'What the filter means', openEvent: 'The open event' } as const
