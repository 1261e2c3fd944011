import { z } from 'zod'
import { hostName, listener, listenerForm, listenerKeys, origin } from '../../config/values/network.js'

/** The address that `on` selects. */
const USUAL = '127.0.0.1:4580'
const MAX_ENTRIES = 64

const keys = z.strictObject({
  ...listenerKeys(USUAL),
  hosts: z
    .array(hostName())
    .max(MAX_ENTRIES)
    .default([])
    .describe(
      'Host names under which clients may address it, in addition to those of this machine and its addresses.',
    ),
  origins: z
    .array(origin())
    .max(MAX_ENTRIES)
    .default([])
    .describe('Origins of web pages that may use it (CORS): `https://host`, or `*` for all.'),
})

/** HTTP, WebSocket and streams on one port. */
export const httpConfig = z
  .union(
    [z.literal('auto').transform(() => ({ ...keys.parse({}), optional: true })), listener(keys, USUAL)],
    { error: `must be auto, ${listenerForm}` },
  )
  .meta({ whole: true })
  .describe('HTTP and WebSocket. `auto`: like `on`, but the hub starts without it if it cannot listen there.')
  .prefault('auto')
export type HttpConfig = z.output<typeof httpConfig>
