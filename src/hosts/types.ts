import { z } from 'zod'
import { alwaysSevere, hostIn, hubsHost } from '../types/derivation.js'
import { defineTypes } from '../types/event-type.js'
import { count, schemaOf } from '../types/schema-of.js'

export const SILENT_TAG = 'hub/host/silent'
export const BACK_TAG = 'hub/host/back'
export const REMOVED_TAG = 'hub/host/removed'

const about = z.object({
  host: z.string().optional().describe('The host, if it is one'),
  count: count(),
  names: z.string().describe('A few of the names'),
  hosts: z.array(z.string()),
  last: z.string().optional().describe('When the last of them was heard, as RFC 3339'),
  // Others that receive the event do not take it for their own.
  log: z.string().describe('The log of the hub that says it'),
})
export type AboutHosts = z.infer<typeof about>

const host = {
  fields: [...hostIn('data.host').fields, ...hubsHost.fields],
  read: (field: (nth: number) => unknown) => hostIn('data.host').read(field) ?? hubsHost.read(() => field(1)),
}

/** The events about hosts. */
export const hostTypes = defineTypes([
  {
    type: 'hub.host.silent',
    tags: [SILENT_TAG],
    summary:
      'Nothing is heard of hosts for longer than usual. Those that fall silent together are one event.',
    display: '{names} silent[, last heard {last}]',
    schema: schemaOf(about),
    severity: alwaysSevere('warning'),
    host,
  },
  {
    type: 'hub.host.back',
    tags: [BACK_TAG],
    summary: 'Hosts that were silent are heard again.',
    display: '{names} back',
    schema: schemaOf(about),
    severity: alwaysSevere('notice'),
    host,
  },
  {
    type: 'hub.host.removed',
    tags: [REMOVED_TAG],
    summary: 'Somebody has removed hosts from those that the hub knows.',
    display: '{names} removed',
    schema: schemaOf(about),
    severity: alwaysSevere('notice'),
    host,
  },
])

declare module '../types/event-type.js' {
  interface EventTypes {
    'hub.host.silent': AboutHosts
    'hub.host.back': AboutHosts
    'hub.host.removed': AboutHosts
  }
}
