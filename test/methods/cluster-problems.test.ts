import { expect, test } from 'vitest'
import { clusterProblems } from '../../src/methods/cluster-problems.js'
import type { ClusterNode, ClusterReport, HubStatus, HubView } from '../../src/methods/contract/index.js'

const NOW = 1_800_000_000_000_000

function node(name: string, more: Partial<ClusterNode> = {}): ClusterNode {
  return {
    name,
    address: `tls://${name}:4581`,
    version: '1.0.0',
    role: 'follower',
    position: 7,
    lag: 0,
    ...more,
  }
}

function report({
  nats,
  ...more
}: { nats?: Partial<ClusterReport['nats']> } & Partial<Omit<ClusterReport, 'nats'>> = {}): ClusterReport {
  return {
    ...{ name: 'hub1', role: 'primary', primary: 'hub1', term: 3, waiting: 0 },
    nodes: [node('hub1', { role: 'primary' }), node('hub2')],
    nats: {
      ...{ server: 'nats1:4222', version: '2.10.27', stream: 'TOCSIN', replicas: 2, leader: 'n1', notes: [] },
      followers: [{ name: 'n2', state: 'current', lag: 0, silent: 1000 }],
      ...nats,
    },
    ...more,
  }
}

const well: HubView[] = ['hub1', 'hub2'].map((hub) => ({ hub, status: { name: hub } as HubStatus, clock: 0 }))

const texts = (cluster: ClusterReport, hubs = well) =>
  clusterProblems(cluster, hubs, NOW).map(({ level, text }) => `${level}: ${text}`)

test('nothing is wrong with a cluster that is whole', () => {
  expect(clusterProblems(report(), well, NOW)).toEqual([])
})

test('of servers without a leader, none is taken for well or ill', () => {
  const unled = report({
    primary: undefined,
    nats: {
      leader: undefined,
      followers: [],
      unled: ['n1', 'n2', 'n3'],
      notes: ['none of n1, n2, n3 leads'],
    },
  })
  expect(texts(unled)).toEqual([
    'wrong: hub1 knows of no primary: nothing can be stored',
    'wrong: none of the NATS servers n1, n2, n3 leads the stream of the log: nothing can be stored',
  ])
})

test('each problem has what to do about it, and the worst come first', () => {
  const broken = report({
    primary: undefined,
    role: 'waiting',
    fault: 'the storage of NATS is full (TCN_NATS_FULL)',
    silent: [{ name: 'hub3', since: NOW - 90e6 }],
    nodes: [node('hub1', { address: undefined }), node('hub2', { version: '2.0.0' })],
    nats: {
      followers: [
        { name: 'n2', state: 'offline', lag: 0, silent: 60e6 },
        { name: 'n3', state: 'behind', lag: 12, silent: 1000 },
      ],
      notes: ['start n2 again', 'the servers of NATS are old'],
    },
  })
  const hubs: HubView[] = [
    { ...well[0], status: { name: 'hub1', cluster: { fault: broken.fault } } as HubStatus },
    { hub: 'hub2', status: { cluster: { fault: broken.fault } } as HubStatus, clock: -2e6 },
    { hub: 'hub3', fault: 'it has not been heard of for 1m 30s', code: 'TCN_CLUSTER_NO_ANSWER' },
    { hub: 'hub4', fault: 'no answer within 3 s', code: 'TCN_CLUSTER_NO_ANSWER' },
    { hub: 'hub5', fault: 'there is no principal otto', code: 'TCN_ACCESS_UNKNOWN' },
  ]
  const found = clusterProblems(broken, hubs, NOW)
  expect(found.map(({ level, text }) => `${level}: ${text}`)).toEqual([
    'wrong: hub1 knows of no primary: nothing can be stored',
    'wrong: hub1, hub2: the storage of NATS is full (TCN_NATS_FULL)',
    'wrong: hub3 has not been heard of for 1m 30s: it has ended, or does not reach NATS',
    'wrong: hub4 does not say how it is: no answer within 3 s',
    'wrong: the NATS server n2 is offline, last heard of 1m ago',
    'warning: hub5 does not say how it is: there is no principal otto',
    'warning: the NATS server n3 is 12 messages behind',
    'warning: the servers of NATS are old',
    'warning: the clock of hub2 is 2.0s behind that of the hub that was asked',
    'warning: the hubs have different versions: 1.0.0 on hub1; 2.0.0 on hub2',
  ])
  expect(found.every(({ next }) => next !== '')).toBe(true)
  expect(found[1].next).toBe('`tocsin errors TCN_NATS_FULL`')
})

test('servers of NATS that do not answer are a problem, and clocks that differ by less than half a second are none', () => {
  const mute = report({ nats: { fault: 'timeout', followers: [] } })
  expect(texts(mute)).toEqual(['wrong: the servers of NATS do not answer: timeout'])
  expect(texts(report(), [well[0], { ...well[1], clock: 400_000 }])).toEqual([])
})

test('what waits for the primary, which does not have it, is named once with the hubs that have it', () => {
  const view = (hub: string, sources: object, rules: object): HubView => {
    const named = (states: object) => Object.entries(states).map(([name, state]) => ({ name, state }))
    const status = { name: hub, sources: named(sources), rules: named(rules) }
    return { hub, status: status as unknown as HubStatus, clock: 0 }
  }
  const hubs = [
    view('hub1', { 'upstream/core': 'up', system: 'up' }, { full: 'up' }),
    view('hub2', { 'upstream/core': 'standby', 'upstream/old': 'standby' }, { full: 'waits', own: 'waits' }),
    view('hub3', { 'upstream/old': 'standby', 'files/own': 'up' }, {}),
  ]
  expect(texts(report(), hubs)).toEqual([
    'wrong: upstream/old of hub2, hub3 runs nowhere: the primary hub1 does not have it',
    'wrong: the rule own of hub2 runs nowhere: the primary hub1 does not have it',
  ])
  expect(texts(report(), [{ hub: 'hub1', fault: 'no answer' }, ...hubs.slice(1)])).toEqual([
    'wrong: hub1 does not say how it is: no answer',
  ])
})
