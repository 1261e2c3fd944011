import { z } from 'zod'
import { type SaltType, saltEvent } from './salt-event.js'

const saltAuthCreds = () => saltEvent({ key: z.unknown(), creds: z.unknown() })
export type SaltAuthCreds = z.infer<ReturnType<typeof saltAuthCreds>>

const saltMinionFireMaster = () =>
  saltEvent({
    data: z.unknown(),
    tag: z.string().nullish().meta({ description: 'Tag of the event on the master.' }),
    events: z.array(z.unknown()).nullish(),
    pretag: z.string().nullish(),
  })
export type SaltMinionFireMaster = z.infer<ReturnType<typeof saltMinionFireMaster>>

const saltMinionRequest = () => saltEvent({})
export type SaltMinionRequest = z.infer<ReturnType<typeof saltMinionRequest>>

const saltMinionReply = () => saltEvent({ ret: z.unknown() })
export type SaltMinionReply = z.infer<ReturnType<typeof saltMinionReply>>

const saltMinionScheduleReturn = () => saltEvent({})
export type SaltMinionScheduleReturn = z.infer<ReturnType<typeof saltMinionScheduleReturn>>

const saltMinionBeaconsReturn = () => saltEvent({ beacons: z.array(z.unknown()) })
export type SaltMinionBeaconsReturn = z.infer<ReturnType<typeof saltMinionBeaconsReturn>>

const saltMinionMaster = () => saltEvent({ master: z.unknown().optional() })
export type SaltMinionMaster = z.infer<ReturnType<typeof saltMinionMaster>>

const saltMinionRefresh = () => saltEvent({ force_refresh: z.boolean().optional() })
export type SaltMinionRefresh = z.infer<ReturnType<typeof saltMinionRefresh>>

const saltMinionManage = () => saltEvent({ func: z.string().nullish() })
export type SaltMinionManage = z.infer<ReturnType<typeof saltMinionManage>>

const saltMinionCommand = () => saltEvent({})
export type SaltMinionCommand = z.infer<ReturnType<typeof saltMinionCommand>>

const saltMinionScheduleDone = () =>
  saltEvent({
    complete: z.boolean().optional(),
    schedule: z.unknown().optional(),
  })
export type SaltMinionScheduleDone = z.infer<ReturnType<typeof saltMinionScheduleDone>>

const saltMinionBeaconsDone = () =>
  saltEvent({
    complete: z.boolean().optional(),
    beacons: z.unknown().optional(),
  })
export type SaltMinionBeaconsDone = z.infer<ReturnType<typeof saltMinionBeaconsDone>>

const saltMinionRefreshDone = () => saltEvent({ complete: z.boolean().optional() })
export type SaltMinionRefreshDone = z.infer<ReturnType<typeof saltMinionRefreshDone>>

/** Events on the bus of a minion, with which its processes communicate. */
export const minionTypes: readonly SaltType[] = [
  {
    type: 'salt.auth.creds',
    tags: ['salt/auth/creds'],
    summary: 'The minion has new session keys for its master. They are secret.',
    schema: saltAuthCreds,
  },
  {
    type: 'salt.minion.fire_master',
    tags: ['fire_master'],
    summary: 'A request to send an event to the master.',
    schema: saltMinionFireMaster,
  },
  {
    type: 'salt.minion.request',
    tags: ['__master_req_channel_payload/**'],
    summary: 'A request to send a request to the master.',
    schema: saltMinionRequest,
  },
  {
    type: 'salt.minion.reply',
    tags: ['__master_req_channel_return/*'],
    summary: 'The master answered a request.',
    schema: saltMinionReply,
  },
  {
    type: 'salt.minion.schedule_return',
    tags: ['__schedule_return'],
    summary: 'A scheduled job of the minion returned.',
    schema: saltMinionScheduleReturn,
    correlation: ['data.jid'],
  },
  {
    type: 'salt.minion.beacons_return',
    tags: ['__beacons_return'],
    summary: 'Beacons of the minion fired.',
    schema: saltMinionBeaconsReturn,
  },
  {
    type: 'salt.minion.master',
    tags: ['__master_connected', '__master_disconnected', '__master_failback', '__master_alive_*'],
    summary: 'The minion found, lost, changed or checked its master.',
    schema: saltMinionMaster,
    correlation: ['data.master'],
  },
  {
    type: 'salt.minion.refresh',
    tags: ['module_refresh', 'pillar_refresh', 'beacons_refresh', 'matchers_refresh', 'grains_refresh'],
    summary: 'A request to reload modules, pillar, beacons, matchers or grains of the minion.',
    schema: saltMinionRefresh,
  },
  {
    type: 'salt.minion.manage_schedule',
    tags: ['manage_schedule'],
    summary: 'A request to change or report the schedule of the minion.',
    schema: saltMinionManage,
  },
  {
    type: 'salt.minion.manage_beacons',
    tags: ['manage_beacons'],
    summary: 'A request to change or report the beacons of the minion.',
    schema: saltMinionManage,
  },
  {
    type: 'salt.minion.environ_setenv',
    tags: ['environ_setenv'],
    summary: 'A request to change the environment of the minion.',
    schema: saltMinionCommand,
  },
  {
    type: 'salt.minion.mine',
    tags: ['_minion_mine'],
    summary: 'A request to send data to the mine.',
    schema: saltMinionCommand,
  },
  {
    type: 'salt.minion.schedule_done',
    tags: ['/salt/minion/minion_schedule_*'],
    summary: 'The minion completed a request about its schedule.',
    schema: saltMinionScheduleDone,
  },
  {
    type: 'salt.minion.beacons_done',
    tags: ['/salt/minion/minion_beacon_*', '/salt/minion/minion_beacons_*'],
    summary: 'The minion completed a request about its beacons.',
    schema: saltMinionBeaconsDone,
  },
  {
    type: 'salt.minion.refresh_done',
    tags: ['/salt/minion/minion_pillar_refresh_complete', '/salt/minion/minion_mod_refresh_complete'],
    summary: 'The minion reloaded modules or pillar.',
    schema: saltMinionRefreshDone,
  },
]

declare module '../../../types/event-type.js' {
  interface EventTypes {
    'salt.auth.creds': SaltAuthCreds
    'salt.minion.fire_master': SaltMinionFireMaster
    'salt.minion.request': SaltMinionRequest
    'salt.minion.reply': SaltMinionReply
    'salt.minion.schedule_return': SaltMinionScheduleReturn
    'salt.minion.beacons_return': SaltMinionBeaconsReturn
    'salt.minion.master': SaltMinionMaster
    'salt.minion.refresh': SaltMinionRefresh
    'salt.minion.manage_schedule': SaltMinionManage
    'salt.minion.manage_beacons': SaltMinionManage
    'salt.minion.environ_setenv': SaltMinionCommand
    'salt.minion.mine': SaltMinionCommand
    'salt.minion.schedule_done': SaltMinionScheduleDone
    'salt.minion.beacons_done': SaltMinionBeaconsDone
    'salt.minion.refresh_done': SaltMinionRefreshDone
  }
}
