import { formatCount as count, formatSpan } from '../src/types/figures.js'

const plural = (events: number) => `${count(events)} ${events === 1 ? 'event' : 'events'}`

/** All texts of the console. */
export const strings = {
  product: 'Tocsin',
  close: 'Close',
  failed: (what: string) => `It did not work: ${what}`,
  connection: {
    connecting: 'connecting …',
    connected: 'connected',
    lost: 'connection lost, trying again',
  },
  headline: {
    title: 'State of the hub',
    spoken: { ok: 'All is well', warning: 'Something needs attention', wrong: 'Something is wrong' },
  },
  noAnswer: 'The hub does not answer.',
  noSuchPage: 'There is no such page.',
  notLoaded: 'A part of this page could not be loaded. Load the page again.',
  login: {
    out: 'Log out',
    linkUsed: 'This link has been used already, or is too old. `npm start` prints a new one.',
  },
  divider: {
    facets: 'Width of the values',
    detail: 'Width of the event',
    hint: 'drag, or use arrow keys; a double click or Enter gives the usual width',
  },
  fleet: { title: 'Fleet' },
  bus: { title: 'Bus' },
  events: {
    title: 'Events',
    list: 'Events, the newest last',
    gap: (from: number, to: number, why: string) =>
      from === 0 || to < from
        ? `events are missing here: ${why}`
        : `up to ${count(to - from + 1)} events are missing here, #${from} to #${to}: ${why}`,
    gapAfterCrash: (from: number, to: number) =>
      `the hub stopped suddenly here: up to 50 ms of events that were not acknowledged as durable may be missing; the numbers #${from} to #${to} are not used`,
    gapReasons: {
      expired: 'the log keeps them no longer, as its retention says',
      damaged: 'the log is damaged here, as tocsin log verify shows',
      'lost-in-damage': 'a part of the log with these events is gone',
      ahead: 'the position is ahead of the log',
      'unknown-epoch': 'the position belongs to another log',
      skipped: 'this page was too slow',
    },
    logBegins: 'the log begins here',
    nothing: 'No event matches yet. New ones appear here.',
    nothingThen: 'No event of this time matches.',
    loading: 'Loading …',
    notPermitted: 'Your rights include no events. To see some takes the right “see”.',
    waiting: (events: number, exact: boolean, since: string) =>
      events === 0
        ? `nothing new since ${since}`
        : `${exact ? '' : 'more than '}${count(events)} more since ${since}`,
    paused: 'Paused',
    replay: 'Replay',
    resume: 'Resume',
    jump: 'Jump to now',
    pause: 'Pause',
    cut: 'not live',
    catchingUp: 'catching up',
    behind: (micros: number, events: number) =>
      `catching up, ${formatSpan(micros)} behind, ${count(events)} to go`,
    live: (rate: number) => `live ${count(rate)}/s`,
    titleLive: (what: string) => `● ${what}`,
    titleCut: (what: string) => `○ ${what}`,
    titlePaused: (what: string) => `❚❚ ${what}`,
    titleReplay: (what: string) => `⟲ ${what}`,
    toNow: 'Show what happens now',
    share: 'Share',
    views: 'Views',
    here: 'This hub',
    publish: 'Publish',
    patterns: 'Patterns',
    explain: 'Explain',
    copy: 'Copy',
    copied: 'Copied',
    notCopied: 'It could not be copied',
    filterLabel: 'Filter',
    filterHint: 'tags, "words": salt/job/* !*/prog/* where data.retcode <> 0',
    remove: (what: string) => `Take back ${what}`,
    range: 'Time',
    ranges: { '15m': '15 min', '1h': '1 hour', '6h': '6 hours', '1d': '1 day', '7d': '7 days' },
    otherTime: 'other …',
    histogram: {
      title: 'Events over time',
      by: 'by',
      fields: { type: 'type', source: 'source', tag: 'tag', host: 'host', severity: 'severity' },
      other: 'other',
      exact: 'exact',
      notExact: (from: string | undefined) => (from === undefined ? 'not exact' : `counted back to ${from}`),
      atLeast: (events: number) => `at least ${plural(events)}`,
      notCounted: (time: string) => `${time}: not counted yet`,
      failed: (why: string) => `not up to date: ${why}`,
      total: plural,
      text: (events: number, from: string, to: string) => `${plural(events)} from ${from} to ${to}`,
      hint: 'drag to choose a time, or use ← and →, with Shift for more, and Enter',
      bar: (what: string, events: number, when: string) => `${what}: ${count(events)} from ${when} on`,
    },
    compare: {
      label: 'Compare with',
      none: 'compare …',
      times: { before: 'the time before', '1d': 'the day before', '7d': 'the week before' },
      other: 'another time …',
    },
    facets: {
      title: 'Values',
      add: 'add a field',
      addHint: 'such as data.retcode',
      more: (events: number) => `${count(events)} other ${events === 1 ? 'event' : 'events'}`,
      exclude: (value: string) => `All but ${value}`,
      hint: 'click or Enter: only these; − or Alt: all but these',
      open: 'Values',
      notExact: 'not exact',
      counting: 'counting …',
      unfold: (value: string) => `What is below ${value}`,
      column: (field: string) => `Show ${field} as a column`,
      search: (field: string) => `Search the values of ${field}`,
    },
    detail: {
      region: (tag: string) => `Event ${tag}`,
      close: 'Close',
    },
    foot: {
      keys: [
        ['Space', 'pause'],
        ['j k', 'next, previous'],
        ['Enter', 'open'],
        ['/', 'filter'],
        ['?', 'all keys'],
        ['v', 'views'],
      ],
    },
  },
} as const
