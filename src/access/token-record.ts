import type { StateEntry } from '../state/index.js'
import type { Grant } from './rights.js'

/** What the hub keeps of a token: never the token itself. Times are µs since the epoch. */
export interface TokenRecord {
  id: string
  /** What it is called; several of one name while a rotated one is still good. */
  name: string
  principal: string
  /** Rights that came with the token; undefined: those of the configured principal. */
  grant?: Grant
  /** SHA-256 of the token, base64 */
  hash: string
  created: number
  expires?: number
  lastUsed?: number
  /** Another took its place: it is deleted when it expires. */
  rotated?: boolean
}

const PREFIX = 'token/'

export { PREFIX as TOKEN_PREFIX }

export function tokenKey({ id }: { id: string }): string {
  return PREFIX + id
}

export function encodeRecord(record: TokenRecord): Uint8Array {
  return Buffer.from(JSON.stringify(record))
}

export function decodeRecord({ value }: StateEntry): TokenRecord {
  return JSON.parse(Buffer.from(value).toString()) as TokenRecord
}
