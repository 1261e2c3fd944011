import { formatCount as count, formatSpan } from '../../src/types/figures.js'
import type { FleetHost, Period } from '../pages/fleet/hosts.js'
import type { HostState } from '../pages/fleet/states.js'

const hosts = (number: number) => `${count(number)} ${number === 1 ? 'host' : 'hosts'}`
const events = (number: number) => `${count(number)} ${number === 1 ? 'event' : 'events'}`
const errors = (number: string) => `${number} ${number === '1' ? 'error' : 'errors'}`
const warnings = (number: string) => `${number} ${number === '1' ? 'warning' : 'warnings'}`
const periods = { hour: 'last hour', day: 'last day' } as const
const states: Readonly<Record<HostState, string>> = {
  critical: 'critical',
  error: 'with errors',
  silent: 'silent',
  warning: 'with warnings',
  fine: 'fine',
  quiet: 'without events',
  left: 'left',
}
/** Events are counted a second or so after they came, µs. */
const JUST_NOW = 5e6
const ago = (micros: number) => (micros < JUST_NOW ? 'just now' : `${formatSpan(micros)} ago`)
/** The state does not say which of the two were counted. */
const trouble = (state: HostState, number: string) =>
  state === 'warning'
    ? warnings(number)
    : state === 'error' || state === 'critical'
      ? errors(number)
      : `${number} errors or warnings`

/** Texts of the page of hosts, which are loaded with it. */
export const fleetStrings = {
  title: (bad: number, silent: number) => {
    const parts = [...(bad > 0 ? [`✕ ${count(bad)}`] : []), ...(silent > 0 ? [`□ ${count(silent)}`] : [])]
    return [...parts, 'Fleet'].join(' · ')
  },
  all: 'All hosts',
  field: (number: number) => `${hosts(number)}, a square for each`,
  others: 'others',
  none: 'No host that you may see has been heard yet.',
  noMatch: 'No host has such a name.',
  notWhole: (most: number) => `The hub knows more than ${count(most)} hosts. Search to see the others.`,
  stale: (why: string) => `Not up to date: ${why}`,
  search: 'Search hosts',
  searchHint: 'web* !web7',
  period: 'Time',
  periods,
  groupBy: 'Group by',
  grouping: (by: string) => {
    if (by === '') return 'not grouped'
    if (by === 'source') return 'by source'
    if (by === 'domain') return 'by domain'
    if (by === 'os') return 'by operating system'
    return `by ${by.replace('label.', '')}`
  },
  wall: 'Wall',
  statesTitle: 'Hosts by state',
  states,
  means: {
    critical: 'It had events of the severity crit or worse in the chosen time.',
    error: 'It had errors in the chosen time.',
    silent: 'Nothing is heard of it for longer than usual.',
    warning: 'It had warnings in the chosen time, but no errors.',
    fine: 'It was heard in the chosen time, and had neither errors nor warnings.',
    quiet: 'It had no event in the chosen time, which is usual for it.',
    left: 'It has said that it goes.',
  } satisfies Record<HostState, string>,
  count: (state: HostState, number: string) => `${number} ${states[state]}`,
  trouble,
  ago,
  describe: ({ name, state, trouble: number, heard }: FleetHost, within: Period) => {
    const isSaid = number > 0 && (state === 'error' || state === 'warning')
    const parts = [
      ...(isSaid ? [] : [states[state]]),
      ...(number > 0 ? [`${trouble(state, count(number))} in the ${periods[within]}`] : []),
      `heard ${ago(heard * 1e6)}`,
    ]
    return `${name}: ${parts.join(', ')}`
  },
  list: 'Hosts, the worst first',
  columns: {
    host: 'Host',
    trouble: (within: Period) => (within === 'hour' ? 'In an hour' : 'In a day'),
    heard: 'Heard',
    sources: 'Sources',
  },
  more: (number: number) => `Show more (${count(number)})`,
  host: {
    region: (name: string) => `Host ${name}`,
    back: 'All hosts',
    unknown: 'There is no such host, or you may not see it.',
    events: 'All its events',
    troubles: 'Its errors and warnings',
    ask: 'Ask this host',
    askHint: 'Its events that it has not forwarded',
    last: 'Heard',
    first: 'Known since',
    silentAfter: 'Silent after',
    sources: 'Sources',
    aliases: 'Also',
    labels: 'Labels',
    edge: 'Edge hub',
    edgeState: (state: string, waiting: number) =>
      waiting === 0 ? state : `${state}, ${events(waiting)} wait there`,
    total: 'Events',
    counts: 'Counts',
    severity: 'Severity',
    unsaid: 'none said',
    hour: 'Last hour',
    day: 'Last day',
    latest: 'Last errors and warnings',
    noLatest: 'It had none in the last day.',
    notAllRead: 'Only the newest events of the day were read.',
    facts: 'What it says about itself',
    timeline: (within: Period) => `Events of the ${periods[within]}`,
    lane: (name: string, total: string, most: string) => `${name}: ${total}, most at ${most}`,
    laneHint: 'a click shows the events of that time',
    everything: 'all',
    remove: 'Forget …',
    removeTitle: (name: string) => `Forget ${name}`,
    confirmRemove:
      'Its counts and what it says about itself are dropped. It comes back when it is heard again.',
    removeNow: 'Forget',
  },
  wallTitle: (number: number) => hosts(number),
  staleSince: (time: string, why: string) => `Not up to date since ${time}. ${why}`,
  allFine: 'No host has errors or warnings, and none is silent.',
} as const
