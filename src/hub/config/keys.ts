import { z } from 'zod'
import { principalsConfig } from '../../access/config.js'
import { oidcConfig } from '../../access/oidc-config.js'
import { streamsConfig } from '../../bus/streams/config.js'
import { path } from '../../config/values/path.js'
import { count, duration, size } from '../../config/values/units.js'
import { devicesConfig } from '../../devices/config.js'
import { DEFAULT_LIMITS } from '../../event/check.js'
import { MAX_BODY_DEPTH, MAX_TAG_BYTES } from '../../event/frame.js'
import { hostsConfig } from '../../hosts/config.js'
import { jobsConfig } from '../../jobs/index.js'
import { logConfig } from '../../log/config.js'
import { edgesConfig } from '../../methods/edges-config.js'
import { alertRoutesConfig } from '../../rules/alerts/routes-config.js'
import { rulesConfig } from '../../rules/config.js'
import { ruleKitsConfig } from '../../rules/library/kit-names.js'
import { sinksConfig } from '../../sinks/config.js'
import { sourcesConfig } from '../../sources/config.js'
import { upstreams } from '../../upstream/index.js'
import { loggingConfig } from '../own-log/logging-config.js'
import { partRights } from '../parts/definitions.js'
import { clusterKeys } from './cluster-keys.js'
import { listenConfig } from './listen.js'
import { keysUnder, topKeys } from './part-keys.js'
import { PROFILES } from './profiles.js'

const KiB = 2 ** 10
const MiB = 2 ** 20

/** When a change of a key takes effect, and of those below it. A test finds keys without such a mark. */
const AT_ONCE = { effect: 'now' } as const
const AT_A_START = { effect: 'restart' } as const

/** Limits of memory, work and time, named as in the code that applies them. */
export const limitsConfig = z.strictObject({
  frame: size({ min: KiB, max: 64 * MiB })
    .prefault('16MiB')
    .describe('Largest event accepted from a publisher.')
    // Clients are told it in their welcome, and split what they publish accordingly.
    .meta(AT_A_START),
  tag: size({ min: 64, max: MAX_TAG_BYTES })
    .prefault('1KiB')
    .describe(
      'Longest tag accepted from a publisher. Salt buses, and relayed events of other sources: 65000 B.',
    ),
  bodyDepth: z
    .int()
    .min(8)
    .max(MAX_BODY_DEPTH)
    .default(DEFAULT_LIMITS.depth)
    .describe('Levels of a body from a publisher. Salt buses, and relayed events of other sources: 512.'),
  queue: size({ min: 64 * KiB, max: 1024 * MiB })
    .prefault('4MiB')
    .describe('Output waiting for one subscriber, above which it is served from the log.'),
  unflushed: size({ min: MiB, max: 4096 * MiB })
    .prefault('64MiB')
    .describe('Events not yet on disk, above which publishers wait.'),
  catchUpPerTick: size({ min: 64 * KiB, max: 256 * MiB })
    .prefault('4MiB')
    .describe(
      'Bytes read from the log for subscribers that catch up before it is the turn of live events again.',
    ),
  halfReceived: size({ min: MiB, max: 4096 * MiB })
    .prefault('256MiB')
    .describe('Memory for incompletely received records, over all connections.'),
  connections: count(
    16_384,
    'Connections at once, of all faces together. At most the number of files that the hub may open, less 128.',
  ),
  requests: count(64, 'Requests of one connection at once.'),
  filtersPerSubscriber: count(64, 'Filters of one subscriber.'),
  unanchoredFilters: count(1_000, 'Different filters without a literal prefix, for each principal.'),
  filterCost: count(5_000, 'Sum of the costs of different filters with a cost above 10, for each principal.'),
  matchTime: duration({ min: 50, max: 5_000 })
    .prefault('500ms')
    .describe(
      'Processor time that slow tests of the filters of one principal may take in 5 seconds, as events arrive.',
    ),
  producers: count(100_000, 'Publishers whose last counter is remembered.'),
  consumers: count(10_000, 'Durable consumers.'),
  unacknowledged: count(1_000, 'Events delivered to a durable consumer and not yet acknowledged.'),
  gateDeadline: duration({ min: 1_000, max: 3_600_000 })
    .prefault('120s')
    .describe('How long a gate waits for its subscribers if the publisher sets no deadline.'),
  ...keysUnder('limits'),
})

/** The settings of the hub for its process. */
const processConfig = z.strictObject({
  memory: z
    .enum(['fast', 'small'])
    .default('fast')
    .describe(
      'The aim of memory management. `fast`: memory grows when that saves time. `small`: memory that is not in use goes back to the system.',
    ),
  watch: duration({ min: 20, max: 10_000 })
    .prefault('20ms')
    .describe(
      'Time between two looks at whether the event loop turns. A stall is noticed when it delays a look by 100 ms.',
    ),
})

/** All keys of `tocsin.yaml`: those of the hub itself, and those of access, log, faces and sources. */
export const hubKeys = z.strictObject({
  profile: z
    .enum(PROFILES)
    .default(PROFILES[0])
    .describe(
      'The purpose of the hub, which decides about defaults: `edge` for [a small one on each host](../guide/edge.md#the-edge-profile).',
    )
    .meta(AT_A_START),
  data: path()
    .optional()
    .describe('Folder of log and state. Default: the XDG state folder of the user.')
    .meta(AT_A_START),
  process: processConfig.prefault({}).describe('The process of the hub.').meta(AT_A_START),
  types: z
    .strictObject({
      folder: path()
        .optional()
        .describe('Folder with definitions of your own event types, in files `*.json`.'),
    })
    .prefault({})
    .describe('Event types besides the built-in ones.')
    .meta(AT_ONCE),
  // Folder and engine are opened once.
  log: logConfig.prefault({}).meta(AT_A_START),
  ...clusterKeys,
  logging: loggingConfig
    .prefault({})
    .describe("The hub's own log, on its standard error.")
    .meta({ remote: true, ...AT_ONCE }),
  limits: limitsConfig.meta({ remote: true, ...AT_ONCE }).prefault({}),
  listen: listenConfig.prefault({}).meta(AT_ONCE),
  principals: principalsConfig(partRights).prefault({}).meta(AT_ONCE),
  oidc: oidcConfig.default([]).describe('Issuers where people log in (OpenID Connect).').meta(AT_ONCE),
  streams: streamsConfig
    .default([])
    .describe(
      'Streams that programs for NSO and ConfD subscribe to by name, beside `NETCONF`, which has every event.',
    )
    .meta({ remote: true, ...AT_ONCE }),
  ...topKeys(),
  jobs: jobsConfig
    .prefault({})
    .describe('Commands that the hub runs for principals with the right `run`.')
    .meta(AT_ONCE),
  sources: sourcesConfig.prefault({}).meta(AT_ONCE),
  upstreams: upstreams.config.meta(AT_ONCE),
  sinks: sinksConfig
    .prefault({})
    .describe('Destinations to which the hub delivers events itself, each with its place in the log.')
    .meta(AT_ONCE),
  ruleKits: ruleKitsConfig.meta(AT_ONCE),
  rules: rulesConfig
    .prefault({})
    .describe('Consequences of events: another event, a delivery, a job.')
    .meta(AT_ONCE),
  alertRoutes: alertRoutesConfig.meta(AT_ONCE),
  devices: devicesConfig
    .default({})
    .describe('Network devices of `sources.netconf` to which configuration may be sent.')
    .meta(AT_ONCE),
  edges: edgesConfig.prefault({}).describe('The hubs that forward their events to this one.').meta(AT_ONCE),
  hosts: hostsConfig
    .prefault({})
    .describe('The hosts of which the hub hears, and when they are silent.')
    .meta(AT_ONCE),
})
export type HubConfig = z.output<typeof hubKeys>
/** The content of `tocsin.yaml`, without defaults. */
export type WrittenConfig = z.input<typeof hubKeys>
