/** The texts about the time that is shown. */
export const timeStrings = {
  title: 'Time',
  label: 'From when, or from when to when',
  hint: '02:30-03:10 yesterday',
  examples: ['-2h', '02:30-03:10 yesterday', 'yesterday', '2026-11-20 06:00 to 2026-11-21 18:00'],
  exampleOfEvent: '@17482',
  show: 'Show',
  whole: 'Whole time again',
  earlier: 'Earlier by its own length',
  later: 'Later by its own length',
  wider: 'Three times as long',
  change: 'Type a time',
  utc: 'Show times in UTC',
  now: 'now',
  span: (from: string, to: string) => `${from} – ${to}`,
} as const
