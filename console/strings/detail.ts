import { formatCount as count } from '../../src/types/figures.js'

const plural = (number: number, one: string, many: string) => `${count(number)} ${number === 1 ? one : many}`

/** Texts of what is shown with one event. */
export const detailStrings = {
  tabs: { tree: 'Tree', raw: 'Raw', hex: 'Hex', cloudevent: 'CloudEvent', related: 'Related', diff: 'Diff' },
  facts: { type: 'type', source: 'source', time: 'time', edge: 'edge hub', cursor: 'cursor' },
  previous: 'previous',
  next: 'next',
  link: 'Copy link',
  curl: 'Copy curl',
  replay: 'Replay from here',
  fromHere: 'From here on',
  untilHere: 'Until here',
  command: 'Copy command',
  size: (text: string) => `This event has ${text}.`,
  showAnyway: 'Show it all the same',
  include: 'Only events with this value',
  exclude: 'Only events without this value',
  includes: (field: string, value: string) => `Only events with ${field} = ${value}`,
  excludes: (field: string, value: string) => `Only events without ${field} = ${value}`,
  emptyName: 'no name',
  more: (items: number) => `${count(items)} more …`,
  moreBytes: 'Show more',
  empty: 'empty',
  attributes: 'attributes',
  sameValue: 'with the same',
  earlier: 'Look further back',
  lookedBack: (when: string) => `looked back to ${when}`,
  cut: (events: number) => `only ${count(events)} of them are shown`,
  fewer: 'Show fewer',
  onlyThese: 'All of these',
  thisEvent: 'this event',
  nothingRelated: 'No other event so far.',
  looking: 'Looking …',
  copyDiff: 'Copy diff as command',
  noPrevious: 'There is no earlier event of its kind.',
  same: 'Nothing is different in the data.',
  changes: (changes: number) => plural(changes, 'difference', 'differences'),
  moreChanges: (changes: number) => `${count(changes)} more`,
  added: 'added',
  removed: 'removed',
  changed: 'changed',
  sinceThat: (span: string) => `${span} earlier`,
  job: {
    title: 'Job',
    states: { changed: 'changed', failed: 'failed', ok: 'ok', wouldChange: 'would change' },
    onlyChanges: 'only changes',
    nothingChanged: 'Nothing changed.',
    noAnswer: 'no answer yet',
    answered: (answered: number, expected: number) =>
      expected === 0
        ? plural(answered, 'answer', 'answers')
        : `${count(answered)} of ${count(expected)} answered`,
    more: (rows: number) => `${count(rows)} more`,
  },
  association: {
    title: 'Association',
    lanes: { up: 'up', closing: 'closing', down: 'down' },
    states: (name: string, span: string) => (span === 'now' ? `${name} now` : `${name} for ${span}`),
    text: (steps: readonly string[]) => `States over time: ${steps.join(', ')}`,
    now: 'now',
  },
  trace: {
    title: 'Trace',
    spans: (spans: number) => plural(spans, 'span', 'spans'),
    running: 'running',
    event: 'event',
    unnamed: 'without a name',
  },
  output: {
    title: 'Output',
    states: { pending: 'waits', running: 'running', finished: 'finished', failed: 'failed' } as Readonly<
      Record<string, string>
    >,
    code: (code: string) => `exit code ${code}`,
    cut: 'the beginning is left out',
    of: (command: string) => `Output of ${command}`,
  },
} as const
