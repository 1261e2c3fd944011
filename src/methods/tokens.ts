import { z } from 'zod'
import { principalName, tokenRights } from '../access/config.js'
import {
  type Access,
  type Grant,
  MAX_PASSWORD,
  type MadeToken,
  MIN_PASSWORD,
  type TokenRecord,
} from '../access/index.js'
import { TocsinError } from '../errors/tocsin-error.js'
import type { Runtime } from '../event/runtime.js'
import { LongWork } from '../incremental/long-work.js'
import type { MadeTokenInfo, TokenInfo, TokenRights } from './contract/index.js'
import { type Method, method } from './method.js'
import * as results from './results/tokens.js'

export interface TokenContext {
  access: Access
  runtime: Runtime
}

const YEAR = 365 * 86_400e6
/** µs */
const span = (least: number) =>
  z
    .number()
    .int()
    .min(least)
    .max(100 * YEAR)
const rights = tokenRights.meta({
  id: 'RightsParams',
  description: 'Rights as in the configuration; rights that are not named are not granted.',
})
const name = principalName().describe('Name of the token.')

/** Returns the methods for tokens and passwords. A token never allows more than its creator may do. */
export function tokenMethods({ access, runtime }: TokenContext): Method[] {
  const lists = new LongWork(runtime, { isSmall: true, face: 'method', what: 'list of tokens' })
  const show = (record: TokenRecord) => describe(access, record, runtime.now())
  const showMade = ({ record, token }: MadeToken): MadeTokenInfo => ({ ...show(record), token })
  return [
    method({
      name: 'tokens.add',
      summary: 'Creates a token; the answer shows it this once.',
      right: 'admin',
      params: z
        .object({
          name,
          principal: principalName()
            .optional()
            .describe('Its principal; default: the principal of the same name.'),
          rights: z
            .union([z.literal('*'), rights])
            .optional()
            .describe('Rights for a new principal that the token creates.'),
          expires: span(1e6).optional().describe('Lifetime, µs. Default: until it is revoked.'),
        })
        .meta({ id: 'TokenAddParams' }),
      result: results.madeToken,
      changes: ({ name, principal = name, rights, expires }) => ({
        name,
        principal,
        rights: rights && plain(rights),
        expires,
      }),
      run: async ({ principal: by }, { rights, ...asked }) => {
        const grant: Grant | undefined = rights
        const limit = access.checkMayGrant(by, asked.principal ?? asked.name, grant)
        return showMade(await access.tokens.add({ ...asked, grant, limit }))
      },
    }),
    method({
      name: 'tokens.list',
      summary: 'Lists all tokens with their rights, but never the tokens themselves.',
      right: 'admin',
      params: z.object({}),
      result: results.tokens,
      async run({ principal, signal }) {
        const tokens = await lists.make(principal.name, access.tokens.list(), show, signal)
        return { tokens: tokens.sort((a, b) => (a.name < b.name ? -1 : 1)) }
      },
    }),
    method({
      name: 'tokens.rotate',
      summary: 'Creates a new token of this name that replaces the current one.',
      right: 'admin',
      params: z.object({
        name,
        grace: span(0).optional().describe('Time for which the old token stays valid, µs. Default: 0.'),
      }),
      result: results.madeToken,
      changes: ({ name, grace }) => ({ name, grace }),
      run: async ({ principal: by }, { name, grace }) => {
        const { principal, grant } = access.tokens.get(name)
        const limit = access.checkMayGrant(by, principal, access.grantOf(principal) ?? grant)
        return showMade(await access.tokens.rotate(name, grace ?? 0, limit))
      },
    }),
    method({
      name: 'tokens.revoke',
      summary: 'Revokes a token, and ends everything opened with it.',
      right: 'admin',
      params: z.object({ name }),
      result: results.revoked,
      changes: ({ name }) => ({ name }),
      run: async ({ principal: by }, { name }) => {
        const { principal, grant } = access.tokens.get(name)
        access.checkMayEnd(by, principal, access.grantOf(principal) ?? grant)
        const revoked = await access.tokens.revoke(name)
        // The principal may no longer exist; a later one of the same name must not inherit its password.
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
        password: z
          .string()
          .min(MIN_PASSWORD)
          .max(MAX_PASSWORD)
          .describe('The password; only its hash is kept.'),
      }),
      result: results.ofPrincipal,
      changes: ({ principal }) => ({ principal }),
      run: async ({ principal: by }, { principal, password }) => {
        await access.passwords.set(principal, password, access.checkMayGrant(by, principal))
        return { principal }
      },
    }),
    method({
      name: 'passwords.remove',
      summary: 'Removes the password of a principal, and ends everything opened with it.',
      right: 'admin',
      params: z.object({ principal: principalName() }),
      result: results.ofPrincipal,
      changes: ({ principal }) => ({ principal }),
      run: async ({ principal: by }, { principal }) => {
        access.checkMayEnd(by, principal)
        if (await access.passwords.remove(principal)) return { principal }
        throw new TocsinError('TCN_PASSWORD_UNKNOWN', `${principal} has no password`)
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
    state: over ? 'expired' : access.tokens.exceeds(record) ? 'exceeded' : rotated ? 'old' : 'good',
  }
}

/** Returns the grant without empty rights. */
function plain(grant: Grant): '*' | TokenRights {
  if (grant === '*') return '*'
  const { certificates: _certificates, sshKeys: _sshKeys, ...rights } = grant
  const given = Object.entries(rights).filter(
    ([, value]) => value !== undefined && value !== false && (!Array.isArray(value) || value.length > 0),
  )
  return Object.fromEntries(given)
}
