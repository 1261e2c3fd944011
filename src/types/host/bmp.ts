import { z } from 'zod'
import { alwaysSevere, hostIn } from '../derivation.js'
import { defineTypes } from '../event-type.js'
import { repeatedField } from '../parsed-text.js'
import { count, schemaOf, time } from '../schema-of.js'

const session = () => ({
  router: z.string().meta({ description: 'The name of the router, or its address.' }),
  peer: z.string().meta({ description: 'The address of the peer.' }),
  as: count().meta({ description: 'The autonomous system of the peer.' }),
  bgpId: z.string().meta({ description: 'The BGP identifier of the peer.' }),
  distinguisher: z
    .string()
    .optional()
    .meta({ description: 'The routing instance, if it is not the global one.' }),
  time: time()
    .optional()
    .meta({ description: 'When it happened, by the clock of the router if that can be.' }),
  routerTime: time()
    .optional()
    .meta({ description: 'The time that the router gives, if it cannot be when it happened.' }),
  repeated: repeatedField(),
})

const up = () =>
  z.object({
    ...session(),
    localAddress: z.string(),
    localPort: count(),
    remotePort: count(),
    holdTime: count().optional().meta({ description: 'Seconds, as the peer has proposed.' }),
  })
const down = () =>
  z.object({
    ...session(),
    reason: z.string(),
    notification: z.string().optional().meta({
      description: 'The error of the notification of BGP, with its subcode, or the event of the router.',
    }),
  })

const common = {
  host: hostIn('data.router'),
  // Routing instances may have peers of the same address.
  correlation: ['data.peer', 'data.router', 'data.distinguisher'],
}

/** The events that the sources `bmp/<name>` publish. */
export const bmpTypes = defineTypes([
  {
    type: 'bgp.peer.up',
    tags: ['bmp/*/*/*/up'],
    summary: 'A session of BGP is up.',
    display: '{peer} (AS {as}) is up[ (repeated {repeated} times)]',
    schema: () => schemaOf(up()),
    severity: alwaysSevere('notice'),
    ...common,
  },
  {
    type: 'bgp.peer.down',
    tags: ['bmp/*/*/*/down'],
    summary: 'A session of BGP is down.',
    display: '{peer} (AS {as}) is down: {reason}[: {notification}][ (repeated {repeated} times)]',
    schema: () => schemaOf(down()),
    severity: alwaysSevere('err'),
    ...common,
  },
])

declare module '../event-type.js' {
  interface EventTypes {
    'bgp.peer.up': z.infer<ReturnType<typeof up>>
    'bgp.peer.down': z.infer<ReturnType<typeof down>>
  }
}
