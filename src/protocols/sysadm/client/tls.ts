import { isIP } from 'node:net'
import { connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls'
import { asError, codeOf, messageOf, oneLineOf } from '../../../errors/thrown.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import type { Runtime } from '../../../event/runtime.js'
import { isWithoutTls } from '../../transport/tls-options.js'
import { readFingerprint, type SysadmAddress } from './address.js'

/**
 * The means by which a client knows the server. Genuine servers sign their own certificate. Without any of these, the
 * system decides.
 */
export interface SysadmTls {
  /** SHA-256 of the certificate, as hexadecimal digits with or without colons; any of several. */
  fingerprint?: string | readonly string[]
  /** The authority that signed the certificate, PEM. */
  ca?: string | Uint8Array
  /** Name in the certificate, if it is not the host of the address. */
  serverName?: string
  /** Accepts every certificate: anybody on the way can read and change everything. */
  insecure?: boolean
}

export interface DialOptions {
  tls: SysadmTls
  runtime: Runtime
  timeout: number
  signal?: AbortSignal
}

/** Connects and checks the certificate before anything else is sent. Rejects with TCN_SYSADM_CONNECT or …_CERTIFICATE. */
export function dialTls({ host, port }: SysadmAddress, options: DialOptions): Promise<TLSSocket> {
  const { tls, runtime, timeout, signal } = options
  const pins = pinsOf(tls)
  const name = tls.serverName ?? host
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const socket = connect({
      host,
      port,
      secureContext: contextOf(tls),
      // Checked below, where the fingerprint can be named.
      rejectUnauthorized: false,
      ...(isIP(name) === 0 ? { servername: name } : {}),
    })
    const fail = (error: Error): void => {
      cleanUp()
      socket.on('error', () => {}).destroy()
      reject(error)
    }
    const abort = (): void => fail(asError(signal?.reason))
    const failed = (error: Error): void => fail(dialError(error, `${host}:${port}`))
    const closed = (): void => failed(new Error('the connection was closed'))
    const cancel = runtime.after(timeout, () => failed(new Error(`no answer within ${timeout / 1000} s`)))
    const cleanUp = (): void => {
      cancel()
      signal?.removeEventListener('abort', abort)
      socket.off('error', failed).off('close', closed)
    }
    signal?.addEventListener('abort', abort, { once: true })
    socket.once('error', failed).once('close', closed)
    socket.once('secureConnect', () => {
      const { fingerprint256 = '' } = socket.getPeerCertificate()
      const fault = faultOf(socket, tls, pins, fingerprint256)
      if (fault !== undefined) {
        const message = `${host}:${port}: ${fault}; its SHA-256 fingerprint is ${fingerprint256}`
        const details = { fingerprint: fingerprint256 }
        fail(new TocsinError('TCN_SYSADM_CERTIFICATE', message, { details }))
        return
      }
      cleanUp()
      resolve(socket)
    })
  })
}

/** Why the certificate is not trusted. */
function faultOf(
  socket: TLSSocket,
  { insecure }: SysadmTls,
  pins: readonly string[] | undefined,
  fingerprint: string,
): string | undefined {
  if (pins !== undefined)
    return pins.includes(readFingerprint(fingerprint)) ? undefined : 'the certificate is not the pinned one'
  if (socket.authorized || insecure === true) return undefined
  // The type says Error; for a certificate that no authority has signed it is the code of OpenSSL.
  const reason: unknown = socket.authorizationError
  return `the certificate is not trusted (${messageOf(reason)})`
}

function pinsOf({ fingerprint }: SysadmTls): string[] | undefined {
  if (fingerprint === undefined) return undefined
  return (typeof fingerprint === 'string' ? [fingerprint] : fingerprint).map(readFingerprint)
}

function contextOf({ ca }: SysadmTls): SecureContext {
  try {
    const authority = ca === undefined ? {} : { ca: typeof ca === 'string' ? ca : Buffer.from(ca) }
    return createSecureContext({ minVersion: 'TLSv1.2', ...authority })
  } catch (cause) {
    throw new TocsinError('TCN_SYSADM_CERTIFICATE', `the authority is no PEM: ${messageOf(cause)}`, {
      cause,
    })
  }
}

const TRUST = /^(ERR_TLS_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/

function dialError(cause: Error, at: string): TocsinError {
  const isTrust = TRUST.test(codeOf(cause) ?? '')
  const code = isTrust ? 'TCN_SYSADM_CERTIFICATE' : 'TCN_SYSADM_CONNECT'
  const reason = isWithoutTls(cause) ? 'the other side does not speak TLS' : oneLineOf(cause)
  return new TocsinError(code, `${at}: ${reason}`, { cause })
}
