import type { Runtime } from '../event/runtime.js'
import type { StateEntry } from '../state/index.js'
import { isLimit } from './credentials.js'
import type { Grant, Granted } from './rights.js'
import { newSecret } from './secret.js'

const ID_BYTES = 6
const SECRET_BYTES = 32
const form = /^tcn_([0-9a-f]{12})_[A-Za-z0-9_-]{43}$/

export interface Secret {
  /** The public part, which finds the record of the token. */
  id: string
  /** The whole token. It is shown once and never stored. */
  token: string
}

/** Makes a token of the form `tcn_<id>_<256 random bits>`. */
export function makeSecret(runtime: Runtime): Secret {
  const id = newSecret(runtime, ID_BYTES, 'hex')
  return { id, token: `tcn_${id}_${newSecret(runtime, SECRET_BYTES)}` }
}

/** Returns the id in a token; undefined if the text does not have the form of a hub token. */
export function idOfToken(token: string): string | undefined {
  return form.exec(token)?.[1]
}

/** The record of a token, which does not contain the token itself. Times are µs since the epoch. */
export interface TokenRecord {
  id: string
  /** The name of the token. After a rotation, two tokens share it while the old one is still valid. */
  name: string
  principal: string
  /** Rights that came with the token; undefined if the principal is configured and has its own. */
  grant?: Grant
  /** The rights of its maker, which those of its principal must not exceed; undefined if these are all. */
  limit?: Granted
  /** SHA-256 of the token in base64. */
  hash: string
  created: number
  expires?: number
  lastUsed?: number
  /** True if another token has replaced it; it is deleted when it expires. */
  rotated?: boolean
}

/** The keys of tokens in the bucket `principals` begin with this. */
export const TOKEN_PREFIX = 'token/'

export function tokenKey({ id }: { id: string }): string {
  return TOKEN_PREFIX + id
}

export function encodeRecord(record: TokenRecord): Uint8Array {
  return Buffer.from(JSON.stringify(record))
}

export function decodeRecord({ value }: StateEntry): TokenRecord {
  const record = JSON.parse(Buffer.from(value).toString()) as TokenRecord
  const { id, name, principal, hash, created, expires, limit } = record
  const isComplete =
    [id, name, principal, hash].every((text) => typeof text === 'string') &&
    [created, expires ?? 0].every(Number.isFinite) &&
    isLimit(limit)
  if (!isComplete) throw new Error('the record of a token has other fields')
  return record
}
