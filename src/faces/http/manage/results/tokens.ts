import { z } from 'zod'
import { count, type ResultsOf, text, time } from './shape.js'

const filter = z.record(text, z.unknown())
const extent = z.union([text, filter, z.array(z.union([text, filter]))])
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
    admin: z.boolean().optional(),
    monitor: z.boolean().optional(),
  })
  .meta({ id: 'Rights' })

const token = z
  .object({
    name: text,
    principal: text,
    rights: z.union([z.literal('*'), rights]),
    created: time,
    expires: time.optional(),
    lastUsed: time.optional().describe('Rounded to the minute, µs since the epoch.'),
    state: z.enum(['good', 'old', 'expired']),
  })
  .meta({ id: 'Token' })

const madeToken = token.extend({ token: text }).meta({ id: 'MadeToken' })
const principal = z.object({ principal: text })

export const tokenResults: ResultsOf<'tokens' | 'passwords'> = {
  'tokens.add': madeToken,
  'tokens.list': z.object({ tokens: z.array(token) }),
  'tokens.rotate': madeToken,
  'tokens.revoke': z.object({ name: text, revoked: count }),
  'passwords.set': principal,
  'passwords.remove': principal,
}
