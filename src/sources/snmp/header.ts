import { BerReader, OCTETS, SEQUENCE } from './ber.js'

const VERSION_1 = 0
const VERSION_2C = 1
const VERSION_3 = 3
/** The user-based security model, the only one in use. */
const USER_BASED = 3

const AUTHENTICATED = 1
const ENCRYPTED = 2
const REPORTABLE = 4

export interface CommunityHeader {
  version: 'v1' | 'v2c'
  community: Buffer
}

export interface UserHeader {
  version: 'v3'
  user: string
  engineId: Buffer
  isAuthenticated: boolean
  isEncrypted: boolean
  /** True if the sender wants to be told what is wrong. */
  isReportable: boolean
  /** Where in the message its signature is. */
  signature: { start: number; end: number }
}

export type Header = CommunityHeader | UserHeader

/** Reads who has sent a message, and how it is protected. Throws if it is no message of SNMP. */
export function readHeader(bytes: Buffer): Header {
  const message = new BerReader(bytes).within(SEQUENCE)
  const version = message.integer()
  if (version === VERSION_3) return userHeader(message, bytes)
  if (version !== VERSION_1 && version !== VERSION_2C) throw new Error(`there is no version ${version}`)
  const community = message.octets()
  message.next()
  return { version: version === VERSION_1 ? 'v1' : 'v2c', community }
}

/** RFC 3412, section 6, and RFC 3414, section 2.4. */
function userHeader(message: BerReader, bytes: Buffer): UserHeader {
  const global = message.within(SEQUENCE)
  global.integer()
  global.integer()
  const flags = global.octets()
  if (flags.length !== 1 || global.integer() !== USER_BASED)
    throw new Error('the model of security is unknown')
  const security = new BerReader(bytes, message.next(OCTETS)).within(SEQUENCE)
  const engineId = security.octets()
  security.integer()
  security.integer()
  const user = security.octets().toString('utf8')
  const { start, end } = security.next(OCTETS)
  security.octets()
  message.next()
  return {
    version: 'v3',
    user,
    engineId,
    isAuthenticated: (flags[0] & AUTHENTICATED) !== 0,
    isEncrypted: (flags[0] & ENCRYPTED) !== 0,
    isReportable: (flags[0] & REPORTABLE) !== 0,
    signature: { start, end },
  }
}
