import { z } from 'zod'
import { alwaysSevere } from '../../../types/derivation.js'
import { id, ids, type SaltType, saltEvent } from './salt-event.js'

const saltAuth = () =>
  saltEvent({
    id: id(),
    pub: z.string().optional().meta({ description: 'Public key of the minion.' }),
    act: z.string().optional().meta({ description: '`accept`, `pend`, `reject`, `denied`, `full`' }),
    result: z.boolean(),
  })
export type SaltAuth = z.infer<ReturnType<typeof saltAuth>>

const saltStarted = () =>
  saltEvent({
    id: id(),
    cmd: z.string().optional(),
    pretag: z.string().nullish(),
    data: z.string().meta({ description: 'Text such as `Minion web1 started at …`' }),
    tag: z.string().optional(),
    grains: z.looseObject({}).optional(),
  })
export type SaltStarted = z.infer<ReturnType<typeof saltStarted>>

const saltKey = () =>
  saltEvent({
    id: id(),
    act: z.string().meta({ description: '`accept`, `delete`, `reject`' }),
    result: z.boolean(),
  })
export type SaltKey = z.infer<ReturnType<typeof saltKey>>

const saltKeyRotated = () =>
  saltEvent({
    rotate_aes_key: z.boolean().optional(),
    rotate_cluster_aes_key: z.boolean().optional(),
  })
export type SaltKeyRotated = z.infer<ReturnType<typeof saltKeyRotated>>

const saltPresencePresent = () => saltEvent({ present: ids() })
export type SaltPresencePresent = z.infer<ReturnType<typeof saltPresencePresent>>

const saltPresenceChange = () => saltEvent({ new: ids(), lost: ids() })
export type SaltPresenceChange = z.infer<ReturnType<typeof saltPresenceChange>>

const saltMinionRefreshed = () => saltEvent({ 'Minion data cache refresh': id() })
export type SaltMinionRefreshed = z.infer<ReturnType<typeof saltMinionRefreshed>>

const saltFileserverUpdate = () =>
  saltEvent({
    changed: z.boolean(),
    backend: z.string(),
    files: z.looseObject({}).optional(),
  })
export type SaltFileserverUpdate = z.infer<ReturnType<typeof saltFileserverUpdate>>

const saltQueueProcess = () =>
  saltEvent({ items: z.array(z.unknown()), backend: z.string(), queue: z.string() })
export type SaltQueueProcess = z.infer<ReturnType<typeof saltQueueProcess>>

const saltBeacon = () =>
  saltEvent({
    data: z.looseObject({ id: id().optional() }).meta({ description: 'Data from the beacon.' }),
    id: id().optional(),
    error: z.string().optional(),
  })
export type SaltBeacon = z.infer<ReturnType<typeof saltBeacon>>

const saltNetapiHook = () =>
  saltEvent({
    body: z.string().optional(),
    post: z.unknown().optional(),
    get: z.unknown().optional(),
    headers: z.record(z.string(), z.unknown()),
  })
export type SaltNetapiHook = z.infer<ReturnType<typeof saltNetapiHook>>

const saltStats = () =>
  saltEvent({
    time: z.number(),
    worker: z.union([z.string(), z.int()]),
    stats: z.record(z.string(), z.unknown()),
  })
export type SaltStats = z.infer<ReturnType<typeof saltStats>>

const saltPlain = () => saltEvent({})
/** An event whose keys have no documented schema. */
export type SaltPlain = z.infer<ReturnType<typeof saltPlain>>

/** Events of the master: its minions, keys, files, queues, beacons and hooks. */
export const masterTypes: readonly SaltType[] = [
  {
    type: 'salt.auth',
    tags: ['salt/auth'],
    summary: 'A minion authenticated, or was rejected.',
    display: '{id}[ {act}], result {result}',
    schema: saltAuth,
    correlation: ['data.id'],
  },
  {
    type: 'salt.minion.start',
    tags: ['salt/minion/*/start', 'minion_start'],
    summary: 'A minion started and connected.',
    display: '{data}',
    schema: saltStarted,
    correlation: ['data.id'],
  },
  {
    type: 'salt.syndic.start',
    tags: ['salt/syndic/*/start', 'syndic_start'],
    summary: 'A syndic started and connected.',
    display: '{data}',
    schema: saltStarted,
    correlation: ['data.id'],
  },
  {
    type: 'salt.key',
    tags: ['salt/key'],
    summary: 'The key of a minion was accepted, rejected or deleted.',
    display: '{id} {act}, result {result}',
    schema: saltKey,
    correlation: ['data.id'],
  },
  {
    type: 'salt.key.rotated',
    tags: ['key'],
    summary: 'A request to change the AES key of the master.',
    schema: saltKeyRotated,
  },
  {
    type: 'salt.presence.present',
    tags: ['salt/presence/present'],
    summary: 'The connected minions.',
    display: '[{present}]',
    schema: saltPresencePresent,
  },
  {
    type: 'salt.presence.change',
    tags: ['salt/presence/change'],
    summary: 'Minions connected or disconnected.',
    display: '[new: {new}][ lost: {lost}]',
    schema: saltPresenceChange,
  },
  {
    type: 'salt.minion.refreshed',
    tags: ['minion/refresh/*'],
    summary: 'The master refreshed its pillar or grains of a minion.',
    display: '{Minion data cache refresh}',
    schema: saltMinionRefreshed,
  },
  {
    type: 'salt.fileserver.update',
    tags: ['salt/fileserver/*/update'],
    summary: 'A file server backend was updated.',
    display: '{backend}, changed {changed}',
    schema: saltFileserverUpdate,
    correlation: ['data.backend'],
  },
  {
    type: 'salt.queue.process',
    tags: ['salt/queue/*/process'],
    summary: 'Items were taken from a queue.',
    display: '{queue}[: {items}]',
    schema: saltQueueProcess,
    correlation: ['data.queue'],
  },
  {
    type: 'salt.beacon',
    tags: ['salt/beacon/*/**'],
    summary: 'A beacon of a minion fired.',
    display: '[{id}: ][{error}][{data}]',
    schema: saltBeacon,
    correlation: ['data.data.id'],
  },
  {
    type: 'salt.netapi.hook',
    tags: ['salt/netapi/hook', 'salt/netapi/hook/**'],
    summary: 'A webhook of the REST API was called.',
    schema: saltNetapiHook,
  },
  {
    type: 'salt.stats',
    tags: ['salt/stats/*'],
    summary: 'Activity of a worker of the master in the last minute.',
    display: 'worker {worker}, {stats}',
    schema: saltStats,
    correlation: ['data.worker'],
  },
  {
    type: 'salt.event_listen.start',
    tags: ['salt/event_listen/start'],
    summary: 'The process of the event returners is listening.',
    schema: saltPlain,
  },
  {
    type: 'salt.event.exit',
    tags: ['salt/event/exit'],
    summary: 'A request to end the process of the event returners.',
    schema: saltPlain,
  },
  {
    type: 'salt.reactors.manage',
    tags: ['salt/reactors/manage/**'],
    summary: 'A request to report or change the reactors of the master.',
    schema: saltPlain,
  },
  {
    type: 'salt.cluster.peer',
    tags: ['cluster/peer/*'],
    summary: 'Masters of a cluster discover each other.',
    schema: saltPlain,
  },
  {
    type: 'salt.cluster.event',
    tags: ['cluster/event/*/**'],
    summary: 'An encrypted event from another master of the cluster.',
    schema: saltPlain,
  },
  {
    type: 'salt.syndic.event',
    tags: ['syndic/*/**'],
    summary: 'An event forwarded by a syndic, with a tag that is not registered.',
    schema: saltPlain,
  },
  {
    type: 'salt.error',
    tags: ['_salt_error'],
    severity: alwaysSevere('err'),
    summary: 'A process of Salt reports an exception.',
    schema: saltPlain,
  },
]

declare module '../../../types/event-type.js' {
  interface EventTypes {
    'salt.auth': SaltAuth
    'salt.minion.start': SaltStarted
    'salt.syndic.start': SaltStarted
    'salt.key': SaltKey
    'salt.key.rotated': SaltKeyRotated
    'salt.presence.present': SaltPresencePresent
    'salt.presence.change': SaltPresenceChange
    'salt.minion.refreshed': SaltMinionRefreshed
    'salt.fileserver.update': SaltFileserverUpdate
    'salt.queue.process': SaltQueueProcess
    'salt.beacon': SaltBeacon
    'salt.netapi.hook': SaltNetapiHook
    'salt.stats': SaltStats
    'salt.event_listen.start': SaltPlain
    'salt.event.exit': SaltPlain
    'salt.reactors.manage': SaltPlain
    'salt.cluster.peer': SaltPlain
    'salt.cluster.event': SaltPlain
    'salt.syndic.event': SaltPlain
    'salt.error': SaltPlain
  }
}
