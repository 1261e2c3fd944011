import { formatCount as count } from '../../src/types/figures.js'

const events = (number: number) => `${count(number)} ${number === 1 ? 'event' : 'events'}`

/** The texts about events that leave the page. */
export const exportStrings = {
  asFile: 'as file',
  formats: { ndjson: 'NDJSON', csv: 'CSV' },
  progress: (written: number, total: number | undefined) =>
    total === undefined ? `${events(written)} …` : `${count(written)} of ${events(total)} …`,
  done: (written: number) => `${events(written)} written.`,
  cut: (written: number) =>
    `The file is full after ${events(written)}. The command above writes all: add --format json.`,
  cancel: 'Cancel',
  cancelled: 'Cancelled.',
  selected: events,
  selection: 'Selected events',
  copyText: 'Copy as text',
  copy: (format: string) => `Copy as ${format}`,
  unselect: 'Select none',
} as const
