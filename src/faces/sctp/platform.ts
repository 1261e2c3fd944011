import { endianness } from 'node:os'
import { freebsd } from './freebsd.js'
import { linux } from './linux.js'

/** Layouts and numbers differ: Linux, or FreeBSD and the usrsctp library made of its stack. */
export type Platform = 'linux' | 'freebsd'

/** Also spelt as `os.endianness()` does. */
export type Endian = 'little' | 'big' | 'LE' | 'BE'

export interface ByteFormat<P extends Platform = Platform> {
  /** Whose notifications these are; default the host's, Linux where that has no SCTP. */
  platform?: P
  /** Default the host's. */
  endian?: Endian
}

/** Every constant by platform; `MSG_NOTIFICATION` and all that begin with `SCTP_`. */
export const constants = { linux, freebsd } as const

export const hostPlatform: Platform = process.platform === 'freebsd' ? 'freebsd' : 'linux'

const hostEndian = endianness()

export function platformOf({ platform = hostPlatform }: ByteFormat): Platform {
  if (platform === 'linux' || platform === 'freebsd') return platform
  throw new TypeError(`platform is 'linux' or 'freebsd', not ${JSON.stringify(platform)}`)
}

export function isLittleEndian({ endian = hostEndian }: ByteFormat): boolean {
  if (endian === 'little' || endian === 'LE') return true
  if (endian === 'big' || endian === 'BE') return false
  throw new TypeError(`endian is 'little' or 'big', not ${JSON.stringify(endian)}`)
}

export function requireBytes(bytes: unknown): asserts bytes is Uint8Array {
  if (!(bytes instanceof Uint8Array)) throw new TypeError('a Uint8Array or Buffer is needed')
}
