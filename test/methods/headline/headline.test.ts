import { describe, expect, it } from 'vitest'
import type {
  EdgeInfo,
  HubStatus,
  RuleInfo,
  SinkState,
  SourceInfo,
} from '../../../src/methods/contract/index.js'
import type { HeadlineFacts } from '../../../src/methods/headline/facts.js'
import { headlineOf } from '../../../src/methods/headline/headline.js'

const MINUTE = 60e6
const NOW = 1000 * MINUTE
const ago = (minutes: number) => NOW - minutes * MINUTE

const quiet: HeadlineFacts = {
  now: NOW,
  logFault: undefined,
  isSuspended: false,
  disk: undefined,
  cluster: undefined,
  parked: 0,
  damage: [],
  faults: [],
  sources: [],
  edges: [],
  sinks: [],
  rules: [],
  hosts: { known: 0, failing: 0, silent: 0 },
  alerts: { count: 0, isGrave: false, since: undefined },
  late: { count: 0, first: undefined },
}

const says = (facts: Partial<HeadlineFacts>) => headlineOf({ ...quiet, ...facts }).text

const source = (name: string, state: SourceInfo['state'], since = 0): SourceInfo => ({
  ...{ name, state, since, origin: '', events: 0, lost: 0, restarts: 0, details: {} },
})
const sink = (name: string, state: SinkState['state'], since = 0): SinkState => ({
  ...{ name, state, since, type: 'webhook', target: '', parallel: 1, delivered: 0, parked: 0 },
  ...{ failures: 0, rejected: 0, heldBytes: 0, consumer: '' },
})
const edge = (name: string, state: EdgeInfo['state'], since = 0): EdgeInfo => ({
  ...{ name, state, since, principal: '', address: '', events: 0, waiting: 0, gaps: 0 },
})
const rule = (name: string, more: Partial<RuleInfo>): RuleInfo => ({
  ...{ name, state: 'up', matched: 0, fired: 0, suppressed: 0, followed: 0, stopped: 0, failed: 0 },
  ...{ evicted: 0, late: 0, early: 0, groups: 0, waiting: 0, held: 0, alerts: 0 },
  ...more,
})

describe('the headline of a hub', () => {
  it('is calm while nothing is wrong, and says what works', () => {
    expect(headlineOf(quiet)).toMatchObject({ level: 'ok', text: 'all is well', now: NOW })
    const works = {
      sources: [source('journal', 'up'), source('syslog', 'up'), source('salt', 'up')],
      sinks: [sink('mail', 'up')],
      edges: [edge('e1', 'up'), edge('e2', 'up')],
      rules: [rule('disk', {})],
      hosts: { known: 1200, failing: 0, silent: 0 },
    }
    expect(says(works)).toBe(
      'all is well · all 3 sources up · all 2 edge hubs up · 1 sink up · 1,200 hosts without errors in 10m',
    )
  })

  it('says what is wrong and since when, the worst first', () => {
    const found = headlineOf({
      ...quiet,
      sources: [
        source('journal', 'up'),
        source('syslog', 'degraded', ago(3)),
        source('salt', 'down', ago(5)),
      ],
      hosts: { known: 40, failing: 3, silent: 1 },
      late: { count: 1, first: { name: 'billing', since: ago(33) } },
      parked: 12,
      alerts: { count: 2, isGrave: true, since: ago(120) },
    })
    expect(found.text.split(' · ')).toEqual([
      'source salt down for 5m',
      '2 alerts, the first for 2h',
      'source syslog degraded for 3m',
      '3 hosts with errors in 10m',
      '1 host silent',
      'billing 33m behind',
      '12 parked',
      '1 source up',
    ])
    expect(found.level).toBe('wrong')
    expect(found.parts[0]).toEqual({
      ...{ about: 'sources', level: 'wrong', text: 'source salt down for 5m', name: 'salt', since: ago(5) },
    })
    expect(found.parts.map(({ about }) => about)).toContain('silentHosts')
  })

  it('counts parts that are alike instead of naming each', () => {
    const sources = [source('a', 'down', ago(9)), source('b', 'down', ago(1)), source('c', 'standby')]
    expect(says({ sources })).toBe('2 sources down for up to 9m')
    expect(says({ late: { count: 3, first: { name: 'billing', since: ago(2) } } })).toBe(
      'billing and 2 others up to 2m behind',
    )
    expect(says({ edges: [edge('e1', 'down', ago(4)), edge('e2', 'up')] })).toBe(
      'edge hub e1 down for 4m · 1 edge hub up',
    )
  })

  it('tells sinks that fail from those that somebody has paused', () => {
    const sinks = [sink('mail', 'paused', ago(3)), sink('hook', 'retrying', ago(2)), sink('db', 'standby')]
    expect(says({ sinks })).toBe('sink hook retrying for 2m · sink mail paused for 3m')
  })

  it('names what keeps the hub from storing events', () => {
    expect(says({ logFault: 'the disk is full', isSuspended: true })).toBe(
      'the log has failed: the disk is full',
    )
    expect(says({ isSuspended: true })).toBe('no event is accepted')
    expect(says({ disk: { free: 3 * 2 ** 20, total: 2 ** 40 } })).toBe('3.0 MiB of disk left')
    expect(says({ disk: { free: 2 ** 31, total: 2 ** 40 } })).toBe('all is well')
    expect(says({ damage: ['chunk 7'] })).toBe('damage in the data folder')
  })

  it('names hubs that are away and what the servers of NATS say, with an end', () => {
    const cluster: HubStatus['cluster'] = {
      ...{ name: 'a', role: 'follower', term: 1, waiting: 0, nodes: [] },
      ...{ silent: [{ name: 'b', since: ago(6) }], notes: ['n2 is away', 'two', 'three', 'four'] },
    }
    expect(says({ cluster })).toBe('hub b not heard of for 6m · n2 is away · two · three')
    const waiting: HubStatus['cluster'] = { name: 'a', role: 'waiting', term: 1, waiting: 4, nodes: [] }
    expect(says({ cluster: waiting })).toBe('no primary hub')
    expect(says({ cluster: { ...waiting, fault: 'NATS does not answer' } })).toBe('NATS does not answer')
  })

  it('names what failed once only for an hour', () => {
    const fault = (minutes: number) => ({
      ...{ kind: 'sink', part: 'mail', count: 1, last: ago(minutes), reason: 'x' },
    })
    expect(says({ faults: [fault(5)] })).toBe('sink mail failed 5m ago')
    expect(says({ faults: [fault(61)] })).toBe('all is well')
    const rules = [rule('disk', { lastFault: ago(2) }), rule('net', { lastFault: ago(30) })]
    expect(says({ rules })).toBe('2 rules failed, the last 2m ago')
    expect(says({ rules: [rule('disk', { state: 'down' })] })).toBe('the rules do not run')
  })
})
