import type { NoParams } from './params.js'

/** Tokens and passwords. */
export interface TokenMethods {
  'tokens.add': { params: TokenAddParams; result: MadeTokenInfo }
  'tokens.list': { params: NoParams; result: { tokens: TokenInfo[] } }
  /** `grace`: how long the old one is still good, µs. */
  'tokens.rotate': { params: { name: string; grace?: number }; result: MadeTokenInfo }
  'tokens.revoke': { params: { name: string }; result: { name: string; revoked: number } }
  'passwords.set': { params: { principal: string; password: string }; result: { principal: string } }
  'passwords.remove': { params: { principal: string }; result: { principal: string } }
}

/** A right over events, as in the configuration: everything, or prefixes that end in `/` and JSON filters. */
export type RightExtent = '*' | string | Record<string, unknown> | (string | Record<string, unknown>)[]

/** Rights as in the configuration; what is not named is not given. */
export interface RightsParams {
  source?: string
  publish?: RightExtent
  see?: RightExtent
  produce?: RightExtent
  gate?: RightExtent
  consume?: '*' | string[]
  admin?: boolean
}

export interface TokenAddParams {
  name: string
  /** Whose it is; default: the principal of the token's name, which comes with `rights` where it is not configured. */
  principal?: string
  rights?: '*' | RightsParams
  /** How long it is good, µs. */
  expires?: number
}

export interface TokenInfo {
  name: string
  principal: string
  rights: '*' | RightsParams
  created: number
  expires?: number
  /** To the minute. */
  lastUsed?: number
  /** `old`: another took its place, and it is good until `expires`. */
  state: 'good' | 'old' | 'expired'
}

/** The only answer in which a token stands. */
export interface MadeTokenInfo extends TokenInfo {
  token: string
}
