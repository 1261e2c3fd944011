import { z } from 'zod'
import type { ConfigClaims } from '../config/claims.js'
import { secretFile } from '../config/values/path.js'
import { duration } from '../config/values/units.js'
import { principalName } from './config.js'

const MAX_ISSUERS = 16
const MAX_MAPPINGS = 256

const text = (most: number) => {
  const error = `must be 1 to ${most} characters, no control character`
  return z.string({ error }).regex(new RegExp(`^[^\\p{Cc}]{1,${most}}$`, 'u'), { error })
}

// Keys fetched without TLS could come from anybody, except on this machine.
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
  claim: text(128).describe('Name of a claim, such as `groups`; a dot separates keys of nested maps.'),
  value: text(512).describe('Required value; if the claim is a list, it must contain this value.'),
  principal: principalName().describe('A name from `principals`.'),
})

const scopeError = 'must be 1 to 128 characters without blanks'
const scope = z.string({ error: scopeError }).regex(/^[!#-[\]-~]{1,128}$/, { error: scopeError })

const browserLogin = z.strictObject({
  name: text(64)
    .optional()
    .describe('Name of the issuer on the login page: `Log in with NAME`. Default: its host.'),
  clientId: text(512).describe(
    'Client ID of the console at the issuer. ID tokens of logins have it as their `aud`.',
  ),
  clientSecretFile: secretFile()
    .optional()
    .describe('File with the secret of the client. Absent: a public client, protected by PKCE alone.'),
  scopes: z
    .array(scope)
    .max(16)
    .default(['openid', 'profile'])
    .describe('Scopes that a login asks for; `openid` is always one of them.'),
  lifetime: duration({ min: 60_000, max: 7 * 86_400_000 })
    .prefault('8h')
    .describe('Longest time of a login, after which the person logs in again.'),
})

const issuer = z
  .strictObject({
    issuer: url().describe(
      'URL of the issuer, exactly as in the claim `iss`; its discovery document is read below this URL.',
    ),
    audience: z
      .union([text(512), z.array(text(512)).min(1).max(16)], { error: 'must be text or a list of texts' })
      .transform((given) => (typeof given === 'string' ? [given] : given))
      .describe('Accepted values of the claim `aud`.'),
    jwks: url().optional().describe('URL of its keys. Default: the one in its discovery document.'),
    principalClaim: text(128)
      .optional()
      .describe('Claim whose value names a principal of `mayName`. Absent: only `map` applies.'),
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
      .describe('Principals by claim; the first that matches applies.'),
    console: browserLogin
      .optional()
      .describe('Login to the web console with an account at this issuer. Absent: none.'),
  })
  .refine(({ principalClaim, mayName }) => (principalClaim === undefined) === (mayName === undefined), {
    error:
      'needs both `principalClaim` and `mayName`, or neither: `mayName` limits who users can name themselves',
  })
  .refine(({ principalClaim, map }) => principalClaim !== undefined || map.length > 0, {
    error: 'needs `principalClaim` or `map`: otherwise nobody could log in',
  })

/** The OpenID Connect issuers that the hub trusts. */
export const oidcConfig = z.array(issuer).max(MAX_ISSUERS)
export type OidcConfig = z.output<typeof oidcConfig>

/** Returns the principals that the issuers may assign to users. */
export function oidcClaims(issuers: OidcConfig): ConfigClaims {
  return {
    principals: issuers.flatMap(({ map, mayName = [] }, i) => [
      ...map.map(({ principal: name }, j) => ({ name, path: ['oidc', i, 'map', j, 'principal'] })),
      ...(mayName === '*' ? [] : mayName.map((name, j) => ({ name, path: ['oidc', i, 'mayName', j] }))),
    ]),
  }
}
