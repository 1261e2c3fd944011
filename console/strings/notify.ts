import { formatCount as count } from '../../src/types/figures.js'

/** Texts of notifications of the browser. */
export const notifyStrings = {
  choose: 'Tell me of events of this view while the page is in the background.',
  needsTls: 'Browsers allow that only over HTTPS, and on the machine of the hub.',
  refused: 'The browser does not allow it for this page.',
  title: 'Tocsin',
  found: (events: number, what: string) =>
    `${count(events)} new ${events === 1 ? 'event' : 'events'}${what === '' ? '' : ` of ${what}`}`,
} as const
