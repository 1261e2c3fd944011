import type { Credentials, Identify, Identity } from '../../access/identify.js'
import type { Principal } from '../../bus/principal.js'
import { TocsinError } from '../../event/errors.js'

/** Where connections come in, and who is at the other end of them. */
export interface Listener {
  /** For people: `unix:/run/tocsin/tocsin.sock`. */
  readonly address: string
  /** A unix socket: who comes in is on this machine. */
  readonly local?: boolean
  /** Who everybody is that comes in here without a token; without it a token is needed. */
  readonly principal?: Principal
  /** Fires when `principal` is nobody any more. */
  readonly ended?: AbortSignal
  /** Whose token it is. Without it tokens are not looked at. */
  readonly identify?: Identify
  /** What the connection itself shows, whatever is said in it: its address, a certificate. */
  readonly credentials?: Credentials
}

/** Who says hello with this token. */
export function whoComes(listener: Listener, token: string | undefined): Identity | Promise<Identity> {
  const { principal, ended, identify, credentials } = listener
  if (principal !== undefined && (token === undefined || identify === undefined)) return { principal, ended }
  if (identify === undefined) throw new TocsinError('TCN_ACCESS_TOKEN', 'a token is needed here')
  return identify({ ...credentials, token })
}
