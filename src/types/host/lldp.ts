import { z } from 'zod'
import { severityByWord } from '../derivation.js'
import { defineTypes } from '../event-type.js'
import { repeatedField } from '../parsed-text.js'
import { schemaOf } from '../schema-of.js'

const texts = () => z.array(z.string()).optional()

export const lldpNeighbour = () =>
  z.object({
    interface: z.string().meta({ description: 'The interface of this host at which the neighbour is.' }),
    via: z.string().meta({ description: 'The protocol: LLDP, CDP, FDP, EDP or SONMP.' }),
    chassis: z.string().meta({ description: 'The id of the neighbour, such as a MAC address.' }),
    name: z.string().optional().meta({ description: 'Its name.' }),
    description: z.string().optional(),
    addresses: texts().meta({ description: 'Its addresses for management.' }),
    capabilities: texts().meta({ description: 'Such as Bridge, Router, Wlan and Station.' }),
    port: z.string().meta({ description: 'The id of its port, such as the name of the interface.' }),
    portDescription: z.string().optional(),
    vlans: texts().meta({ description: 'Numbers of VLANs, with their names.' }),
  })
export type LldpNeighbour = z.infer<ReturnType<typeof lldpNeighbour>>

const changes = ['added', 'updated', 'deleted'] as const

const hostNeighbour = () =>
  lldpNeighbour().extend({
    change: z.enum(changes),
    repeated: repeatedField(),
  })

/** The events that the source `lldp` publishes. */
export const lldpTypes = defineTypes([
  {
    type: 'host.lldp.neighbour',
    tags: changes.map((change) => `host/*/lldp/*/${change}`),
    summary: 'A neighbour of a host in the network has appeared, has changed or is gone.',
    display: '{change} at {interface}: [{name}, ]{chassis} port {port}[ (repeated {repeated} times)]',
    schema: () => schemaOf(hostNeighbour()),
    correlation: ['data.chassis', 'data.interface'],
    severity: severityByWord(['data.change'], { added: 'info', updated: 'info', deleted: 'warning' }),
  },
])

declare module '../event-type.js' {
  interface EventTypes {
    'host.lldp.neighbour': z.infer<ReturnType<typeof hostNeighbour>>
  }
}
