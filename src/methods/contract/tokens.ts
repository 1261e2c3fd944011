import type { NoParams } from './params.js'

/** Tokens and passwords. */
export interface TokenMethods {
  'tokens.add': { params: TokenAddParams; result: MadeTokenInfo }
  'tokens.list': { params: NoParams; result: { tokens: TokenInfo[] } }
  /** `grace`: how long the old token stays valid, µs. */
  'tokens.rotate': { params: { name: string; grace?: number }; result: MadeTokenInfo }
  'tokens.revoke': { params: { name: string }; result: { name: string; revoked: number } }
  'passwords.set': { params: { principal: string; password: string }; result: { principal: string } }
  'passwords.remove': { params: { principal: string }; result: { principal: string } }
}

/** A right over events, as in the configuration: everything, or prefixes that end in `/` and JSON filters. */
export type RightExtent = '*' | string | Record<string, unknown> | (string | Record<string, unknown>)[]

/** Rights as in the configuration; rights that are not named are not granted. */
export interface RightsParams {
  source?: string
  publish?: RightExtent
  see?: RightExtent
  produce?: RightExtent
  gate?: RightExtent
  consume?: '*' | string[]
  run?: '*' | string[]
  admin?: boolean
  monitor?: boolean
}

export interface TokenAddParams {
  name: string
  /** Default: the principal of the token's name, which is created with `rights` if it is not configured. */
  principal?: string
  rights?: '*' | RightsParams
  /** Lifetime, µs. */
  expires?: number
}

export interface TokenInfo {
  name: string
  principal: string
  rights: '*' | RightsParams
  created: number
  expires?: number
  /** Rounded to the minute. */
  lastUsed?: number
  /**
   * `old`: another token has replaced it, and it is valid until `expires`. `exceeded`: it is not valid while its
   * principal has rights that whoever made it does not have.
   */
  state: 'good' | 'old' | 'expired' | 'exceeded'
}

/** The only result that contains the token itself. */
export interface MadeTokenInfo extends TokenInfo {
  token: string
}
