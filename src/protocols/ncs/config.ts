import { z } from 'zod'
import { principalName } from '../../access/config.js'
import { isLoopback } from '../../config/values/address.js'
import { listener, listenerKeys } from '../../config/values/network.js'
import { path } from '../../config/values/path.js'

/** The address that `on` stands for: the port of NSO. */
const USUAL = '127.0.0.1:4569'

const tcp = z
  .strictObject({
    ...listenerKeys(USUAL),
    principal: principalName()
      .optional()
      .describe('Principal of programs without a token, which programs for NSO are. Only on this machine.'),
  })
  .refine(({ address, principal }) => principal === undefined || isLoopback(address.host), {
    error: 'is only possible with an address of this machine: others need a token',
    path: ['principal'],
  })

/** The reports that the hub makes about itself only while somebody subscribes to them. */
export const KEPT = ['devel', 'jsonrpc', 'webui', 'progress', 'snmpa'] as const

/** Own addresses for programs that were written for NSO or ConfD. */
export const ncsConfig = z
  .strictObject({
    listen: listener(tcp, USUAL).prefault('off').describe('Address for notification sockets over TCP.'),
    unix: z
      .strictObject({
        path: path().describe('Path of the socket.'),
        principal: principalName().default('admin').describe('Principal of the programs that connect here.'),
      })
      .optional()
      .describe('A unix socket for notification sockets.'),
    keep: z
      .array(z.enum(KEPT))
      .max(KEPT.length)
      .default([])
      .describe(
        'Notifications that the hub publishes also while no notification socket asks for them, so that the log has them.',
      ),
  })
  .prefault({})
  .describe(
    'Addresses for programs written for NSO or ConfD. They speak the native protocol, whose listeners have notification sockets too.',
  )
export type NcsConfig = z.output<typeof ncsConfig>
