import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { eventRows, firstShown, renderTop } from '../../../../src/cli/commands/top/layout.js'
import type { TopState } from '../../../../src/cli/commands/top/state.js'
import { colorsFor } from '../../../../src/cli/terminal/colors.js'
import { displayWidth } from '../../../../src/cli/terminal/text.js'
import type { HubStatus, SubscriberInfo } from '../../../../src/methods/contract/index.js'
import { compileDisplay } from '../../../../src/types/index.js'
import { SAMPLE_TIME, sampleEvent } from '../../output/sample.js'

const now = SAMPLE_TIME
const status: HubStatus = {
  name: 'web1',
  version: '0.1.0',
  node: 'v20',
  pid: 1,
  started: now - 3600e6,
  now,
  listeners: [],
  events: { accepted: 10, delivered: 10, refused: 0, skipped: 0, lost: 0 },
  subscribers: 2,
  behind: 1,
  publishers: 1,
  consumers: 0,
  parked: 0,
  memory: { rss: 2 ** 26, heapUsed: 0, external: 0 },
  loop: { stalls: 0 },
  disk: { free: 2 ** 35, total: 2 ** 36 },
  log: {
    engine: 'lmdb',
    epoch: 'k3x9f2',
    first: 1,
    last: 10,
    bytes: 4096,
    segments: 1,
    unflushedBytes: 0,
    flushMicros: 100,
    durable: true,
    retention: {},
    lost: [],
  },
  sources: [
    {
      name: 'system',
      origin: 'host/web1/system',
      state: 'up',
      since: now - 60e6,
      lastEvent: now - 2e6,
      events: 12,
      lost: 0,
      restarts: 0,
      details: {},
    },
  ],
}

function subscriber(label: string, lagEvents: number): SubscriberInfo {
  return {
    id: label,
    label,
    principal: 'admin',
    filter: '{"prefix":{"tag":"salt/"}}',
    state: lagEvents > 0 ? 'catching-up' : 'live',
    lag: 'catch-up',
    gates: [],
    cursor: 'k3x9f2-3',
    lagEvents,
    lagMicros: lagEvents * 1000,
    ...(lagEvents > 0 ? { slowSince: now - 5e6 } : {}),
    connected: now - 60e6,
    delivered: 3,
    skipped: 0,
    pending: 0,
  }
}

const state: TopState = {
  status,
  subscribers: [subscriber('quick', 0), subscriber('slow', 1204)],
  tags: [{ prefix: 'salt/job', perSecond: 12, total: 120 }],
  order: 'rate',
  tag: undefined,
  perSecond: 12.4,
  events: Array.from({ length: 50 }, (_, n) =>
    sampleEvent({ tag: `salt/job/${n}`, seq: n + 1, data: { n } }),
  ),
  chosen: undefined,
  frozen: undefined,
  filter: '',
  prompt: undefined,
  detail: undefined,
  message: undefined,
  trouble: undefined,
}
const plain = colorsFor({}, {})

/** Two hubs that answer, and one that has gone without a word. */
const cluster: TopState = {
  ...state,
  subscribers: [
    { ...subscriber('quick', 0), hub: 'web1' },
    { ...subscriber('slow', 1204), hub: 'web2' },
  ],
  hubRates: new Map([['web1', 10]]),
  overview: {
    cluster: {
      ...{ name: 'web1', role: 'primary', primary: 'web1', term: 1, waiting: 0 },
      nodes: [
        { name: 'web1', version: '0.1.0', role: 'primary', position: 10, lag: 0 },
        { name: 'web2', version: '0.1.0', role: 'follower', position: 9, lag: 1 },
      ],
      silent: [{ name: 'web3', since: now - 60e6 }],
      nats: { server: 'n1:4222', version: '2.10.27', stream: 'TOCSIN', followers: [], notes: [] },
    },
    hubs: [
      { hub: 'web1', status },
      { hub: 'web2', status: { ...status, name: 'web2' } },
      { hub: 'web3', fault: 'gone', code: 'TCN_CLUSTER_NO_ANSWER' },
    ],
    problems: [{ level: 'wrong', text: 'web3 has not been heard of for 1m', next: 'start it' }],
  },
}

describe('the screen of top', () => {
  it('shows rates, sources, subscribers and the newest events', () => {
    const text = renderTop(state, { columns: 140, rows: 40 }, plain).join('\n')
    expect(text).toContain(
      'tocsin web1   up 1h   12 events/s   2 subscribers, 1 behind   log 4.0 KiB   disk 32.0 GiB free',
    )
    expect(text).toMatch(/TAGS +EVENTS\/S▾ +SEEN +SOURCE +STATE/)
    expect(text).toMatch(/salt\/job +12 +120 +system +up/)
    expect(text.indexOf('slow ')).toBeLessThan(text.indexOf('quick '))
    expect(text).toContain('salt/job/49')
    expect(text).not.toContain('salt/job/1 ')
  })

  it('shows the hubs of a cluster, with their sources and subscribers, and what is wrong first', () => {
    const text = renderTop(cluster, { columns: 160, rows: 50 }, plain).join('\n')
    expect(text).toContain(
      'tocsin web1   web3 has not been heard of for 1m   up 1h   12 events/s   4 subscribers, 2 behind',
    )
    expect(text).toMatch(/^HUB +ROLE +EVENTS\/S +UP +SUBSCRIBERS +ACCEPTED +DELIVERED +LAG$/m)
    expect(text).toMatch(/^web1 +primary +10 +1h +2, 1 behind +10 +10 +0$/m)
    expect(text).toMatch(/^web2 +follower +\? +1h /m)
    expect(text).toMatch(/^web3 +silent +\? +\? +\? /m)
    expect(text).toMatch(/web1 +system +up[\s\S]*web2 +system +up/)
    expect(text).toMatch(/^web2 +slow /m)
    expect(renderTop(state, { columns: 160, rows: 50 }, plain).join('\n')).not.toContain('HUB')
  })

  it('shows events as their types want it', () => {
    const displayOf = () => compileDisplay('job number {n}')
    const text = renderTop({ ...state, displayOf, chosen: 49 }, { columns: 140, rows: 40 }, plain).join('\n')
    expect(text).toContain('job number 48')
    expect(text).toContain('job number 49')
  })

  it('fills the terminal exactly and is never wider, whatever its size', () => {
    const hostile = {
      ...state,
      events: [sampleEvent({ tag: 'a\u202e漢字', data: { '\x1b[2J': '🔔'.repeat(100) } })],
      filter: '漢字',
      trouble: undefined,
    }
    fc.assert(
      fc.property(
        fc.integer({ min: 20, max: 200 }),
        fc.integer({ min: 8, max: 80 }),
        fc.constantFrom(state, hostile, cluster),
        (columns, rows, shown) => {
          const lines = renderTop(shown, { columns, rows }, plain)
          expect(lines).toHaveLength(rows)
          for (const line of lines) {
            expect(displayWidth(line)).toBeLessThanOrEqual(columns)
            expect(line).not.toMatch(/\p{Cc}/u)
          }
        },
      ),
    )
  })

  it('shows how many events have arrived since it was frozen', () => {
    const frozen = { ...state, frozen: { since: now, missed: 1204 }, filter: 'salt/' }
    expect(renderTop(frozen, { columns: 100, rows: 30 }, plain).join('\n')).toContain(
      'EVENTS  salt/  frozen: 1,204 more since 06:31:07',
    )
  })

  it('shows the filter being typed, and its error', () => {
    expect(renderTop({ ...state, prompt: 'salt/' }, { columns: 80, rows: 24 }, plain).at(-1)).toBe(
      'filter: salt/█',
    )
    expect(renderTop({ ...state, message: 'no filter' }, { columns: 80, rows: 24 }, plain).at(-1)).toBe(
      'no filter',
    )
  })

  it('shows one event in full', () => {
    const detail = { lines: ['specversion: "1.0"', 'id: k3x9f2-7', 'data:'], top: 1 }
    const lines = renderTop({ ...state, detail }, { columns: 80, rows: 10 }, plain)
    expect(lines.slice(0, 2)).toEqual(['id: k3x9f2-7', 'data:'])
    expect(lines).toHaveLength(10)
  })

  it('marks the chosen row of tags, and keeps it visible', () => {
    const tags = Array.from({ length: 40 }, (_, n) => ({ prefix: `t/${n}`, perSecond: 1, total: 1 }))
    for (const tag of ['t/0', 't/17', 't/39']) {
      const lines = renderTop(
        { ...state, tags, tag },
        { columns: 80, rows: 24 },
        colorsFor({ isTTY: true }, {}),
      )
      expect(lines.filter((line) => line.includes('\x1b[7m'))).toEqual([expect.stringContaining(`${tag} `)])
    }
  })

  it('never shows the title of a table without a row', () => {
    for (let rows = 8; rows < 40; rows++) {
      const lines = renderTop(state, { columns: 60, rows }, plain)
      for (const title of ['TAGS', 'SOURCE', 'WHO']) {
        const at = lines.findIndex((line) => line.startsWith(title))
        if (at >= 0) expect(lines[at + 1]).toMatch(/\S/)
      }
    }
    const empty = renderTop({ ...state, tags: [], subscribers: [] }, { columns: 60, rows: 40 }, plain).join(
      '\n',
    )
    expect(empty).not.toMatch(/TAGS|WHO/)
  })

  it('keeps the chosen event visible', () => {
    const size = { columns: 100, rows: 30 }
    for (const chosen of [0, 7, 25, 49]) {
      const text = renderTop({ ...state, chosen }, size, plain).join('\n')
      expect(text).toMatch(new RegExp(`salt/job/${chosen} `))
    }
    expect(eventRows(state, size, plain)).toBeGreaterThan(5)
  })
})

describe('firstShown', () => {
  it('is the newest page without a choice, otherwise a page around it', () => {
    expect(firstShown(50, undefined, 10)).toBe(40)
    expect(firstShown(5, undefined, 10)).toBe(0)
    expect(firstShown(50, 0, 10)).toBe(0)
    expect(firstShown(50, 20, 10)).toBe(15)
    expect(firstShown(50, 49, 10)).toBe(40)
  })
})
