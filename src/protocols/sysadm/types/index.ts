import { z } from 'zod'
import { defineTypes } from '../../../types/event-type.js'
import { schemaOf } from '../../../types/schema-of.js'

const text = (description: string) => z.string().meta({ description })

/** An event of a job, as SysAdm sends it. The output and the return code of a command are under names of their own. */
const job = z.looseObject({
  process_id: text('Id of the job.').optional(),
  state: z.enum(['pending', 'running', 'finished']),
  cmd_list: z.array(z.string()).optional().meta({ description: 'Its commands, in order.' }),
  current_cmd: text('The command that runs.').optional(),
  time_started: text('Local time without a zone.').optional(),
  time_finished: text('Local time without a zone.').optional(),
  event_system: text(
    'Class of jobs, such as `sysadm/pkg`, whose details are in `process_details`.',
  ).optional(),
  process_details: z.looseObject({}).optional(),
})
export type SysadmDispatcher = z.infer<typeof job>

const lifePreserver = z.looseObject({
  class: text('`snapshot` or `replication`.'),
  message: z.string(),
  priority: text('Such as `7 - Critical`.'),
})
export type SysadmLifePreserver = z.infer<typeof lifePreserver>

const pool = z.looseObject({
  size: z.string(),
  alloc: z.string(),
  free: z.string(),
  frag: z.string(),
  expandsz: z.string(),
  dedup: z.string(),
  altroot: z.string(),
  capacity: z.string(),
  health: text('`ONLINE`, `DEGRADED` …'),
  priority: text('Such as `9 - Urgent`.').optional(),
})

const systemState = z.looseObject({
  hostname: z.string(),
  hostnamechanged: text('`true` in the first event after a change.').optional(),
  zpools: z.record(z.string(), pool).optional(),
  priority: text('The highest priority of everything in the event.').optional(),
})
export type SysadmSystemState = z.infer<typeof systemState>

const bridge = z.looseObject({
  available_connections: z.array(z.string()).meta({ description: 'All peers that can be reached now.' }),
})
export type SysadmBridge = z.infer<typeof bridge>

/** The events of SysAdm. */
export const sysadmTypes = defineTypes([
  {
    type: 'sysadm.dispatcher',
    tags: ['sysadm/dispatcher/*'],
    summary: 'A job is pending, runs, or has finished.',
    display: '[{process_id} ]{state}[, {current_cmd}]',
    schema: schemaOf(job),
  },
  {
    type: 'sysadm.life_preserver',
    tags: ['sysadm/life-preserver/*'],
    summary: 'Life Preserver has taken or replicated a snapshot.',
    display: '{priority}: {message}',
    schema: schemaOf(lifePreserver),
  },
  {
    type: 'sysadm.system_state',
    tags: ['sysadm/system-state'],
    summary: 'The state of a host and its storage pools.',
    display: '{hostname}[, {priority}]',
    schema: schemaOf(systemState),
  },
  {
    type: 'sysadm.bridge',
    tags: ['sysadm/bridge'],
    summary: 'The peers that can be reached through a bridge have changed.',
    schema: schemaOf(bridge),
  },
])

declare module '../../../types/event-type.js' {
  interface EventTypes {
    'sysadm.dispatcher': SysadmDispatcher
    'sysadm.life_preserver': SysadmLifePreserver
    'sysadm.system_state': SysadmSystemState
    'sysadm.bridge': SysadmBridge
  }
}
