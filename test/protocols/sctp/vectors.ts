import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Platform } from '../../../src/protocols/sctp/index.js'
import { root } from '../../e2e/hub-process.js'

/** Notifications that a real stack sent, with their decoded values; bytes in `decoded` are in hex. */
export interface Vector {
  id: string
  type: string
  hex: string
  decoded: Record<string, unknown>
}

export const vectors: Record<Platform, Vector[]> = { linux: load('linux'), freebsd: load('usrsctp') }

function load(stack: string): Vector[] {
  const path = join(root, `test/vectors/sctp-${stack}.json`)
  return JSON.parse(readFileSync(path, 'utf8')).vectors
}

export const bytesOf = (vector: Vector): Uint8Array => Uint8Array.from(Buffer.from(vector.hex, 'hex'))

/** Whether the address has a foreign layout: usrsctp on Linux uses the layout of its host, not of FreeBSD. */
export const hasForeignAddress = (platform: Platform, { type }: Vector): boolean =>
  platform === 'freebsd' && type === 'SCTP_PEER_ADDR_CHANGE'

/** Converts a notification to the form of the vectors: bytes in hex, without the keys that repeat an error code. */
export function asDecoded(notification: object): Record<string, unknown> {
  const entries = Object.entries(notification)
    .filter(([key]) => !key.endsWith('_cause'))
    .map(([key, value]) => [key, value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value])
  return Object.fromEntries(entries)
}
