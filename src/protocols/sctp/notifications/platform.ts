import { endianness } from 'node:os'
import { freebsd } from './freebsd.js'
import { linux } from './linux.js'

/** Layouts and numbers differ between Linux and FreeBSD, which includes the usrsctp library derived from its stack. */
export type Platform = 'linux' | 'freebsd'

/** Byte order; also with the names of `os.endianness()`. */
export type Endian = 'little' | 'big' | 'LE' | 'BE'

export interface ByteFormat<P extends Platform = Platform> {
  /** Platform of the notifications. Default: the host's, or Linux if the host has no SCTP. */
  platform?: P
  /** Default: the host's. */
  endian?: Endian
}

/** All constants, by platform. */
export const constants = { linux, freebsd } as const

export const hostPlatform: Platform = process.platform === 'freebsd' ? 'freebsd' : 'linux'

const hostEndian = endianness()

/** True if the host stores numbers in little-endian order. */
export const isHostLittleEndian = hostEndian === 'LE'

export function platformOf({ platform = hostPlatform }: ByteFormat): Platform {
  if (platform === 'linux' || platform === 'freebsd') return platform
  throw new TypeError(`platform must be 'linux' or 'freebsd', not ${JSON.stringify(platform)}`)
}

export function isLittleEndian({ endian = hostEndian }: ByteFormat): boolean {
  if (endian === 'little' || endian === 'LE') return true
  if (endian === 'big' || endian === 'BE') return false
  throw new TypeError(`endian must be 'little' or 'big', not ${JSON.stringify(endian)}`)
}

export function requireBytes(bytes: unknown): asserts bytes is Uint8Array {
  if (!(bytes instanceof Uint8Array)) throw new TypeError('a Uint8Array or Buffer is required')
}
