/** Texts of what happens among the hubs of a cluster. */
export const haStrings = {
  title: 'What has happened',
  none: 'Nothing yet that you may see.',
  when: 'When',
  what: 'Event',
  summary: 'Summary',
} as const
