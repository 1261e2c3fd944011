import { z } from 'zod'
import {
  type Access,
  type Grant,
  MAX_PASSWORD,
  type MadeToken,
  MIN_PASSWORD,
  type TokenRecord,
} from '../../access/index.js'
import { type Method, method } from '../../bus/methods.js'
import type { MadeTokenInfo, RightsParams, TokenInfo } from '../../bus/token-types.js'
import { principalName, tokenRights } from '../../config/parts/principals.js'
import { TocsinError } from '../../event/errors.js'

export interface TokenContext {
  access: Access
  bus: { now(): number }
}

const YEAR = 365 * 86_400e6
/** µs */
const span = (least: number) =>
  z
    .number()
    .int()
    .min(least)
    .max(100 * YEAR)
const name = principalName().describe('Name of the token.')

/** Who makes a token may do himself all that it allows. */
export function tokenMethods({ access, bus }: TokenContext): Method[] {
  const show = (record: TokenRecord) => describe(access, record, bus.now())
  const showMade = ({ record, token }: MadeToken): MadeTokenInfo => ({ ...show(record), token })
  return [
    method({
      name: 'tokens.add',
      summary: 'Makes a token; the answer shows it once.',
      right: 'admin',
      params: z.object({
        name,
        principal: principalName()
          .optional()
          .describe('Whose it is; default: the principal of the same name.'),
        rights: z
          .union([z.literal('*'), tokenRights])
          .optional()
          .describe('For a principal of its own.'),
        expires: span(1e6).optional().describe('How long it is good, µs. Default: until it is revoked.'),
      }),
      run: async ({ principal: by }, { rights, ...asked }) => {
        const grant = rights as Grant | undefined
        access.checkMayGrant(by, asked.principal ?? asked.name, grant)
        return showMade(await access.tokens.add({ ...asked, ...(grant === undefined ? {} : { grant }) }))
      },
    }),
    method({
      name: 'tokens.list',
      summary: 'All tokens with their rights; never the tokens themselves.',
      right: 'admin',
      params: z.object({}),
      run: async () => ({
        tokens: access.tokens
          .list()
          .map(show)
          .sort((a, b) => (a.name < b.name ? -1 : 1)),
      }),
    }),
    method({
      name: 'tokens.rotate',
      summary: 'Makes another token of this name, in place of the one there is.',
      right: 'admin',
      params: z.object({
        name,
        grace: span(0).optional().describe('How long the old one is still good, µs. Default: 0.'),
      }),
      run: async ({ principal: by }, { name, grace }) => {
        const { principal, grant } = access.tokens.get(name)
        access.checkMayGrant(by, principal, access.grantOf(principal) ?? grant)
        return showMade(await access.tokens.rotate(name, grace ?? 0))
      },
    }),
    method({
      name: 'tokens.revoke',
      summary: 'Ends a token, and whatever is open with it.',
      right: 'admin',
      params: z.object({ name }),
      run: async (_call, { name }) => {
        const { principal } = access.tokens.get(name)
        const revoked = await access.tokens.revoke(name)
        // The principal may have gone with it; one of this name that comes later gets no password of another.
        if (access.find(principal) === undefined) await access.passwords.remove(principal)
        return { name, revoked }
      },
    }),
    method({
      name: 'passwords.set',
      summary: 'Sets the password of a principal, for HTTP Basic.',
      right: 'admin',
      params: z.object({
        principal: principalName(),
        password: z.string().min(MIN_PASSWORD).max(MAX_PASSWORD).describe('Kept as a hash only.'),
      }),
      run: async ({ principal: by }, { principal, password }) => {
        access.checkMayGrant(by, principal)
        await access.passwords.set(principal, password)
        return { principal }
      },
    }),
    method({
      name: 'passwords.remove',
      summary: 'Takes the password of a principal away, and ends what is open with it.',
      right: 'admin',
      params: z.object({ principal: principalName() }),
      run: async (_call, { principal }) => {
        if (await access.passwords.remove(principal)) return { principal }
        throw new TocsinError('TCN_TOKEN_UNKNOWN', `${principal} has no password`)
      },
    }),
  ]
}

function describe(access: Access, record: TokenRecord, now: number): TokenInfo {
  const { name, principal, grant, created, expires, lastUsed, rotated } = record
  const over = expires !== undefined && expires <= now
  return {
    name,
    principal,
    rights: plain(access.grantOf(principal) ?? grant ?? {}),
    created,
    ...(expires === undefined ? {} : { expires }),
    ...(lastUsed === undefined ? {} : { lastUsed }),
    state: over ? 'expired' : rotated ? 'old' : 'good',
  }
}

/** Without what is not given. */
function plain(grant: Grant): '*' | RightsParams {
  if (grant === '*') return '*'
  const { certificates: _certificates, ...rights } = grant
  const given = Object.entries(rights).filter(
    ([, value]) => value !== undefined && value !== false && (!Array.isArray(value) || value.length > 0),
  )
  return Object.fromEntries(given)
}
