import type { BucketName } from '../../src/state/state-store.js'

/** Something that is stored between two runs of a hub, and the tests that store, read and use it again. */
export interface StoredRecord {
  bucket: BucketName
  /** Which keys have it. */
  key: RegExp
  holds: string
  /** Tests that encode it, store it, restart, decode it, and continue with it. */
  tests: readonly string[]
  /** Read when the hub starts: then one that makes no sense is named at the start. */
  isReadAtStart: boolean
}

const FOREIGN = 'test/state/foreign-records.long.test.ts'

/** All records in the state of a hub. */
export const STORED_RECORDS: readonly StoredRecord[] = [
  {
    bucket: 'consumers',
    key: /^[A-Za-z0-9._-]{1,128}$/,
    holds: 'filter and position of a durable consumer, also of each sink',
    tests: ['test/bus/consumer-model.test.ts', 'test/bus/disk.test.ts', FOREIGN],
    isReadAtStart: true,
  },
  {
    bucket: 'parked',
    key: /^entry\/[^/]+\/[a-z0-9]+-\d{16}$/,
    holds: 'why an event is parked',
    tests: ['test/bus/consumers/parked-records.test.ts', FOREIGN],
    isReadAtStart: true,
  },
  {
    bucket: 'parked',
    key: /^frame\/[^/]+\/[a-z0-9]+-\d{16}\/\d+$/,
    holds: 'a piece of a parked event',
    tests: ['test/bus/consumers/parked-records.test.ts', FOREIGN],
    isReadAtStart: false,
  },
  {
    bucket: 'principals',
    key: /^token\/[0-9a-f]{12}$/,
    holds: 'a token, without the token itself',
    tests: ['test/access/tokens-model.test.ts', 'test/access/shared-store.test.ts', FOREIGN],
    isReadAtStart: true,
  },
  {
    bucket: 'principals',
    key: /^password\/.+$/,
    holds: 'the hash of a password',
    tests: ['test/access/shared-store.test.ts', FOREIGN],
    isReadAtStart: true,
  },
  {
    bucket: 'principals',
    key: /^sysadm-key\/.+$/,
    holds: 'a key with which clients of the SysAdm face log in',
    tests: ['test/faces/sysadm/keys.process.test.ts', FOREIGN],
    isReadAtStart: true,
  },
  {
    bucket: 'sessions',
    key: /.+/,
    holds: 'a login, under the hash of its secret',
    tests: ['test/access/sessions-model.test.ts', 'test/access/stored-sessions.nats.test.ts', FOREIGN],
    isReadAtStart: true,
  },
  {
    bucket: 'sources',
    key: /.+/,
    holds: 'position of a source or upstream, and gaps that it has still to report',
    tests: ['test/sources/stored-positions.test.ts', 'test/upstream/resume.test.ts', FOREIGN],
    isReadAtStart: true,
  },
  {
    bucket: 'sharedSources',
    key: /.+/,
    holds: 'position of a source that one hub of a cluster runs',
    tests: ['test/node/hub/parts/source-host.test.ts', 'test/hub/cluster/once-sources.nats.test.ts'],
    isReadAtStart: true,
  },
  {
    bucket: 'hosts',
    key: /^@position$/,
    holds: 'the event up to which the hosts of the hub are complete',
    tests: ['test/hosts/hosts.test.ts', FOREIGN],
    isReadAtStart: true,
  },
  {
    bucket: 'hosts',
    key: /^page\/\d+$/,
    holds: 'up to 256 hosts of which the hub has heard',
    tests: ['test/hosts/hosts.test.ts', FOREIGN],
    isReadAtStart: false,
  },
  {
    bucket: 'pushes',
    key: /^[A-Za-z0-9._-]+\/\d{17}$/,
    holds: 'a change of the configuration for a network device',
    tests: ['test/devices/netconfd.peer.test.ts', FOREIGN],
    isReadAtStart: true,
  },
  {
    bucket: 'edges',
    key: /^[^/]+\/[A-Za-z0-9._-]{1,64}$/,
    holds: 'an edge hub that has been attached',
    tests: ['test/methods/remembered-edges.test.ts', 'test/faults/edges-remembered.process.test.ts', FOREIGN],
    isReadAtStart: true,
  },
  {
    bucket: 'sinks',
    key: /^[A-Za-z0-9._-]+$/,
    holds: 'why a sink is paused',
    tests: ['test/hub/parts/sinks.test.ts', FOREIGN],
    isReadAtStart: true,
  },
  {
    bucket: 'rules',
    key: /^(@position|@piece\/.+|[A-Za-z0-9._-]{1,48})$/,
    holds: 'position of the rules, and what each remembers, long ones in pieces',
    tests: ['test/rules/stored-rules.test.ts', 'test/rules/divided-records.nats.test.ts', FOREIGN],
    isReadAtStart: true,
  },
  {
    bucket: 'jobs',
    key: /^[0-9a-f]+$/,
    holds: 'a job, with its processes and what became of it',
    tests: ['test/jobs/jobs.process.test.ts', 'test/jobs/left-processes.process.test.ts', FOREIGN],
    isReadAtStart: true,
  },
  {
    bucket: 'producers',
    key: /^mark$/,
    holds: 'up to where the stored counters of producers are complete',
    tests: ['test/bus/producers.test.ts', FOREIGN],
    isReadAtStart: true,
  },
  {
    bucket: 'producers',
    key: /^p\/.+$/,
    holds: 'last counter and refusals of a producer',
    tests: ['test/bus/producers.test.ts', 'test/bus/refusals.test.ts', FOREIGN],
    isReadAtStart: false,
  },
  {
    bucket: 'views',
    key: /^[^/]+\/.+$/,
    holds: 'a named view of the console',
    tests: ['test/methods/views-model.test.ts', 'test/methods/view-store.test.ts', FOREIGN],
    isReadAtStart: false,
  },
  {
    bucket: 'requests',
    key: /^[^/]+\/[A-Za-z0-9_-]{43}$/,
    holds: 'the answer to an HTTP request with an Idempotency-Key',
    tests: ['test/faces/http/idempotency.test.ts', FOREIGN],
    isReadAtStart: false,
  },
  {
    bucket: 'meta',
    key: /^clock$/,
    holds: 'the time that is believed',
    tests: ['test/hub/storage/clock-doubt.test.ts', FOREIGN],
    isReadAtStart: false,
  },
  {
    bucket: 'meta',
    key: /^sysadm-certificate$/,
    holds: 'the certificate that the hub has made for the SysAdm face, with its key',
    tests: ['test/node/faces/sysadm/certificate.test.ts', FOREIGN],
    isReadAtStart: true,
  },
  {
    bucket: 'claims',
    key: /.+/,
    holds: 'the hub of a cluster that serves a consumer',
    tests: ['test/bus/consumers/claims.nats.test.ts'],
    isReadAtStart: true,
  },
  {
    bucket: 'hubs',
    key: /^[0-9a-f]+$/,
    holds: 'the lease of a hub of a cluster',
    tests: ['test/bus/consumers/claims.nats.test.ts'],
    isReadAtStart: true,
  },
]

/** Other files in the folder of a hub, and the tests that stop, damage and continue it. */
export const STORED_FILES: Readonly<Record<string, readonly string[]>> = {
  'log: segments and meta': [
    'test/node/log/lmdb.test.ts',
    'test/faults/crash.long.test.ts',
    'test/faults/damage.long.test.ts',
  ],
  'state, and its copy': ['test/node/state/state.test.ts', 'test/state/state-copy.test.ts'],
  'config: pending and earlier commits': ['test/faults/config-crash.system.test.ts'],
  'jobs: output': ['test/jobs/left-processes.process.test.ts'],
  'the log and state of a cluster, its members and its primary': [
    'test/log/jetstream/outage.nats.test.ts',
    'test/state/jetstream',
    'test/cluster',
  ],
}

export function recordOf(bucket: BucketName, key: string): StoredRecord | undefined {
  return STORED_RECORDS.find((record) => record.bucket === bucket && record.key.test(key))
}
