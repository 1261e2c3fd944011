import { z } from 'zod'
import { principalName } from './principals.js'

const MAX_ISSUERS = 16
const MAX_MAPPINGS = 256

const text = (most: number) => {
  const error = `must be 1 to ${most} characters, no control character`
  return z.string({ error }).regex(new RegExp(`^[^\\p{Cc}]{1,${most}}$`, 'u'), { error })
}

// Keys fetched in the clear could be anybody's; on this machine nobody else is on the way.
function url() {
  const error = 'must be an https:// URL, or http:// on this machine'
  return z
    .string({ error })
    .max(2048)
    .regex(/^(?:https:\/\/[^/\s]+|http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?)(?:\/\S*)?$/, {
      error,
    })
}

const mapping = z.strictObject({
  claim: text(128).describe('Name of a claim, such as `groups`; a dot goes into a map.'),
  value: text(512).describe('What it must be, or what must be in it where it is a list.'),
  principal: principalName().describe('A name of `principals`.'),
})

const issuer = z
  .strictObject({
    issuer: url().describe('As it stands in the claim `iss`; its discovery document is read below it.'),
    audience: z
      .union([text(512), z.array(text(512)).min(1).max(16)], { error: 'must be text or a list of texts' })
      .transform((given) => (typeof given === 'string' ? [given] : given))
      .describe('What must be in the claim `aud`: one of these.'),
    jwks: url().optional().describe('Where its keys are. Default: as its discovery document says.'),
    principalClaim: text(128)
      .optional()
      .describe('Claim whose value is the name of one of `mayName`. Absent: only `map` counts.'),
    mayName: z
      .union([z.literal('*'), z.array(principalName()).min(1).max(MAX_MAPPINGS)], {
        error: "must be '*' or a list of principals",
      })
      .optional()
      .describe('Principals that `principalClaim` may name; `*`: all but `admin`.'),
    map: z
      .array(mapping)
      .max(MAX_MAPPINGS)
      .default([])
      .describe('Which principal somebody is; the first that fits.'),
  })
  .refine(({ principalClaim, mayName }) => (principalClaim === undefined) === (mayName === undefined), {
    error:
      'needs both `principalClaim` and `mayName`, or none of them: whoever names himself must not be just anybody',
  })
  .refine(({ principalClaim, map }) => principalClaim !== undefined || map.length > 0, {
    error: 'needs `principalClaim` or `map`: otherwise nobody could come in',
  })

/** People who log in elsewhere (OpenID Connect). */
export const oidcConfig = z.array(issuer).max(MAX_ISSUERS)
export type OidcConfig = z.output<typeof oidcConfig>
