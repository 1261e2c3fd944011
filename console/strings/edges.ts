import { formatCount } from '../../src/types/figures.js'

/** The texts about events of edge hubs. */
export const edgeStrings = {
  noAnswer: (names: string) => `The edge hub that has this event did not answer: ${names}.`,
  title: 'Whose events',
  explained:
    'Events that edge hubs do not forward stay on their hosts. The hub asks those that you choose, and shows their answers in one order.',
  here: 'This hub',
  edges: 'Edge hubs',
  field: 'Names, globs and labels of edge hubs',
  hint: 'web*, !web7 or site=fra',
  known: (attached: string) => `${attached} that answer are attached now:`,
  none: 'No edge hub that answers is attached now.',
  more: (count: string) => `and ${count} more`,
  show: 'Show their events',
  asking: (edges: string) => `Asking ${edges} …`,
  answered: (answered: number, asked: number) =>
    `${formatCount(answered)} of ${formatCount(asked)} edge ${asked === 1 ? 'hub' : 'hubs'} answered`,
  missing: (count: string) => `${count} did not:`,
  askAgain: 'Ask again',
  back: 'Show the events of this hub',
} as const
