import { z } from 'zod'
import type { SeverityName } from '../../../event/severity.js'
import { type Derivation, hostIn } from '../../../types/derivation.js'
import { defineTypes } from '../../../types/event-type.js'
import { schemaOf } from '../../../types/schema-of.js'

const text = (description: string) => z.string().meta({ description })

const lifePreserver = () =>
  z.looseObject({
    class: text('`snapshot` or `replication`.'),
    message: z.string(),
    priority: text('Such as `7 - Critical`.'),
  })
export type SysadmLifePreserver = z.infer<ReturnType<typeof lifePreserver>>

const pool = () =>
  z.looseObject({
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

const systemState = () =>
  z.looseObject({
    hostname: z.string(),
    hostnamechanged: text('`true` in the first event after a change.').optional(),
    zpools: z.record(z.string(), pool()).optional(),
    priority: text('The highest priority of everything in the event.').optional(),
  })
export type SysadmSystemState = z.infer<ReturnType<typeof systemState>>

const bridge = () =>
  z.looseObject({
    available_connections: z.array(z.string()).meta({ description: 'All peers that can be reached now.' }),
    bridge: text('Address of the bridge, if this hub is its server.').optional(),
    state: text('`connected` or `disconnected`.').optional(),
    reason: text('Why the connection to the bridge ended.').optional(),
    more: z.int().meta({ description: 'Number of peers that the list leaves out.' }).optional(),
  })
export type SysadmBridge = z.infer<ReturnType<typeof bridge>>

/** Such as `7 - Critical`: up to 2 is information, up to 5 a warning, up to 8 critical, and more is urgent. */
const byPriority: Derivation<SeverityName> = {
  fields: ['data.priority'],
  read: (field) => {
    const [digits] = /^\d{1,2}(?= |$)/.exec(String(field(0))) ?? []
    if (digits === undefined) return undefined
    const priority = Number(digits)
    if (priority >= 6) return priority >= 9 ? 'alert' : 'crit'
    return priority >= 3 ? 'warning' : 'info'
  },
}

/** The events of SysAdm, except those of jobs, whose type belongs to the part that runs them. */
export const sysadmTypes = defineTypes([
  {
    type: 'sysadm.life_preserver',
    tags: ['sysadm/life-preserver/*', 'host/*/sysadm/life-preserver/*'],
    summary: 'Life Preserver has taken or replicated a snapshot.',
    display: '{priority}: {message}',
    severity: byPriority,
    schema: () => schemaOf(lifePreserver()),
  },
  {
    type: 'sysadm.system_state',
    tags: ['sysadm/system-state', 'host/*/sysadm/system-state'],
    summary: 'The state of a host and its storage pools.',
    display: '{hostname}[, {priority}]',
    severity: byPriority,
    host: hostIn('data.hostname'),
    schema: () => schemaOf(systemState()),
  },
  {
    type: 'sysadm.bridge',
    tags: ['sysadm/bridge', 'host/*/sysadm/bridge'],
    summary: 'The peers that can be reached through a bridge have changed.',
    schema: () => schemaOf(bridge()),
  },
])

declare module '../../../types/event-type.js' {
  interface EventTypes {
    'sysadm.life_preserver': SysadmLifePreserver
    'sysadm.system_state': SysadmSystemState
    'sysadm.bridge': SysadmBridge
  }
}
