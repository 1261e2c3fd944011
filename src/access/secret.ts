import { createHash, timingSafeEqual } from 'node:crypto'
import type { Runtime } from '../event/runtime.js'

const ID_BYTES = 6
const SECRET_BYTES = 32
const form = /^tcn_([0-9a-f]{12})_[A-Za-z0-9_-]{43}$/

export interface Secret {
  /** Not secret: finds the entry. */
  id: string
  /** Shown once, stored never. */
  token: string
}

/** `tcn_<id>_<256 random bits>` */
export function makeSecret(runtime: Runtime): Secret {
  const id = Buffer.from(runtime.random(ID_BYTES)).toString('hex')
  const secret = Buffer.from(runtime.random(SECRET_BYTES)).toString('base64url')
  return { id, token: `tcn_${id}_${secret}` }
}

/** Undefined for what cannot be a token of a hub. */
export function idOfToken(token: string): string | undefined {
  return form.exec(token)?.[1]
}

export function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

export function sameDigest(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other)
}
