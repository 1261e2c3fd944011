import { readFileSync } from 'node:fs'
import type { Platform } from '../../../src/protocols/sctp/index.js'

/** Notifications that a real stack sent, with what they mean; bytes in `decoded` are hexadecimal. */
export interface Vector {
  id: string
  type: string
  hex: string
  decoded: Record<string, unknown>
}

export const vectors: Record<Platform, Vector[]> = { linux: load('linux'), freebsd: load('usrsctp') }

function load(stack: string): Vector[] {
  const path = new URL(`../../vectors/sctp-${stack}.json`, import.meta.url)
  return JSON.parse(readFileSync(path, 'utf8')).vectors
}

export const bytesOf = (vector: Vector): Uint8Array => Uint8Array.from(Buffer.from(vector.hex, 'hex'))

/** usrsctp on Linux writes addresses as its host does, which no FreeBSD would. */
export const hasForeignAddress = (platform: Platform, { type }: Vector): boolean =>
  platform === 'freebsd' && type === 'SCTP_PEER_ADDR_CHANGE'

/** As the vectors write it: bytes hexadecimal, without the keys that say an error code again. */
export function asDecoded(notification: object): Record<string, unknown> {
  const entries = Object.entries(notification)
    .filter(([key]) => !key.endsWith('_cause'))
    .map(([key, value]) => [key, value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value])
  return Object.fromEntries(entries)
}
