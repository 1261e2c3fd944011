import { formatCount as count } from '../../src/types/figures.js'

const events = (number: number) => `${count(number)} ${number === 1 ? 'event' : 'events'}`

/** Texts of the dialog that makes a rule of a view. */
export const ruleStrings = {
  title: 'Make this view a rule',
  what: 'The hub does something whenever an event matches the filter of this view.',
  needsFilter: 'The view shows all events. A rule takes a filter: type one, or choose values.',
  notEdges: 'Rules see the events of this hub. Choose “This hub” first.',
  name: 'Name',
  nameHint: 'letters, digits, dashes and underscores',
  does: 'What it does',
  ways: { fire: 'publishes an event', sink: 'hands the event to a sink' },
  tag: 'Tag',
  sink: 'Sink',
  noSinks: 'No sink is configured.',
  once: 'At most once within',
  onceHint: 'such as 10m; empty: each time',
  past: 'In the last day',
  pastOf: (condition: string) => `${condition}, in the last day`,
  matched: (number: number, exact: boolean) => {
    if (number === 0 && !exact) return 'None found so far.'
    return `${exact ? '' : 'at least '}${events(number)} matched.`
  },
  latest: 'The latest:',
  none: 'The rule would have done nothing.',
  add: 'Add to the candidate',
  next: 'Nothing changes before you commit it, on the page that follows.',
  replace: 'Replace in the candidate',
  inCandidate: (name: string) =>
    `The candidate has a rule ${name}, which is not committed. To replace it, press the button again.`,
  taken: (name: string) => `There is a rule ${name} already.`,
} as const
