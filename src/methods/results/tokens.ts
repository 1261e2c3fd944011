import { z } from 'zod'
import { count, text, time } from './shape.js'

const filter = z.record(text, z.unknown())
const extent = z.union([text, filter, z.array(z.union([text, filter]))]).meta({
  id: 'RightExtent',
  description:
    "A right over events, as in the configuration: everything (`'*'`), or prefixes that end in `/` and JSON filters.",
})
const names = z.union([z.literal('*'), z.array(text)])

const rights = z
  .object({
    source: text.optional(),
    publish: extent.optional(),
    see: extent.optional(),
    produce: extent.optional(),
    gate: extent.optional(),
    consume: names.optional(),
    run: names.optional(),
    ask: names.optional(),
    admin: z.boolean().optional(),
    monitor: z.boolean().optional(),
  })
  .meta({ id: 'TokenRights', description: 'Rights that are not named are not granted.' })

const token = z
  .object({
    name: text,
    principal: text,
    rights: z.union([z.literal('*'), rights]),
    created: time,
    expires: time.optional(),
    lastUsed: time.optional().describe('Rounded to the minute, µs since the epoch.'),
    state: z
      .enum(['good', 'old', 'expired', 'exceeded'])
      .describe(
        '`old`: another token has replaced it, and it is valid until `expires`. `exceeded`: it is not valid while its principal has rights that its maker does not have.',
      ),
  })
  .meta({ id: 'TokenInfo' })

export const madeToken = token
  .extend({ token: text })
  .meta({ id: 'MadeTokenInfo', description: 'The only result that contains the token itself.' })
export const revoked = z.object({ name: text, revoked: count })
export const ofPrincipal = z.object({ principal: text })
export const tokens = z.object({ tokens: z.array(token) })
