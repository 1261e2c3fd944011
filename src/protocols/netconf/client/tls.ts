import type { Socket } from 'node:net'
import { connect, type SecureContext, type TLSSocket } from 'node:tls'
import { formatAddress } from '../../../config/values/address.js'
import { asError, messageOf } from '../../../errors/thrown.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { SharedValues } from '../../transport/shared-values.js'
import {
  certificateAlert,
  isTrustFailure,
  isWithoutTls,
  type TlsOptions,
  tlsSettings,
} from '../../transport/tls-options.js'
import { KEEPALIVE_MS, type LoginOptions, type NetconfDial, type NetconfTransport } from './transport.js'

export interface TlsLogin extends TlsOptions {
  /** SHA-256 of the certificate of the device, 64 hexadecimal digits, instead of an authority; any of several. */
  readonly fingerprints?: readonly string[]
}

const contexts = new SharedValues<SecureContext>()

/** Connects over TLS with a client certificate, which is the login (RFC 7589). */
export async function dialTls(login: TlsLogin, options: NetconfDial): Promise<NetconfTransport> {
  const { fingerprints = [] } = login
  const { address, signal } = options
  signal.throwIfAborted()
  // The certificate is checked below, where its fingerprint can be named.
  const settings = tlsSettings(login, address.host, contexts)
  const socket = connect({ ...address, ...settings, rejectUnauthorized: false })
  return secured(socket, options, {
    place: formatAddress(address),
    faultOf: (fingerprint) => certificateFault(socket, fingerprints, fingerprint),
  })
}

/** The same on a connection that the device has opened: it is the server of TLS (RFC 8071, section 3.1). */
export async function answerTls(
  bare: Socket,
  secureContext: SecureContext,
  knows: (fingerprint: string) => boolean,
  options: LoginOptions,
): Promise<NetconfTransport> {
  const { remoteAddress: host = 'gone', remotePort: port = 0 } = bare
  const socket = connect({ socket: bare, secureContext, rejectUnauthorized: false })
  return secured(socket, options, {
    place: formatAddress({ host, port }),
    faultOf: (fingerprint) => (knows(fingerprint) ? undefined : 'the certificate of the device is not known'),
  })
}

interface CertificateCheck {
  /** Used in messages. */
  readonly place: string
  /** Returns what is wrong with the certificate. */
  faultOf(fingerprint: string): string | undefined
}

/** Resolves when the handshake is over and the certificate is the right one. */
function secured(
  socket: TLSSocket,
  { runtime, timeout, signal }: LoginOptions,
  { place, faultOf }: CertificateCheck,
): Promise<NetconfTransport> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      cleanUp()
      socket.on('error', () => {}).destroy()
      reject(error)
    }
    const aborted = (): void => fail(asError(signal.reason))
    const failed = (cause: Error): void => fail(handshakeError(place, cause))
    const closed = (): void => failed(new Error('the device has closed the connection'))
    const cancel = runtime.after(timeout, () =>
      fail(new TocsinError('TCN_NETCONF_TIMEOUT', `${place}: no answer within ${timeout / 1000} s`)),
    )
    const cleanUp = (): void => {
      cancel()
      signal.removeEventListener('abort', aborted)
      socket.off('error', failed).off('close', closed)
    }
    signal.addEventListener('abort', aborted, { once: true })
    socket.once('error', failed).once('close', closed)
    socket.once('secureConnect', () => {
      const fingerprint = digitsOf(socket.getPeerCertificate().fingerprint256 ?? '')
      const fault = faultOf(fingerprint)
      if (fault !== undefined) return fail(untrusted(place, fault, fingerprint))
      cleanUp()
      socket.setKeepAlive(true, KEEPALIVE_MS)
      resolve({ stream: socket, fingerprint, destroy: () => void socket.destroy() })
    })
  })
}

function handshakeError(place: string, cause: Error): TocsinError {
  const refused = refusedCertificate(cause)
  if (refused !== undefined) return new TocsinError('TCN_NETCONF_LOGIN', `${place}: ${refused}`, { cause })
  const reason = isWithoutTls(cause) ? 'the other side does not speak TLS' : cause.message
  const isUntrusted = isTrustFailure(cause) && !isWithoutTls(cause)
  const code = isUntrusted ? 'TCN_NETCONF_CERTIFICATE' : 'TCN_NETCONF_CONNECT'
  return new TocsinError(code, `${place}: ${reason}`, { cause })
}

/** With TLS 1.3, the device says so only after the handshake. */
export function refusedCertificate(error: Error): string | undefined {
  const alert = certificateAlert(error)
  return alert === undefined ? undefined : `the device refuses the certificate of this side: ${alert}`
}

function digitsOf(fingerprint: string): string {
  return fingerprint.replaceAll(':', '').toLowerCase()
}

function certificateFault(
  socket: TLSSocket,
  fingerprints: readonly string[],
  fingerprint: string,
): string | undefined {
  if (fingerprints.length > 0)
    return fingerprints.includes(fingerprint) ? undefined : 'the certificate of the device is another one'
  if (socket.authorized) return undefined
  const reason: unknown = socket.authorizationError
  return `the certificate of the device is not trusted (${messageOf(reason)})`
}

function untrusted(at: string, fault: string, fingerprint: string): TocsinError {
  const message = `${at}: ${fault}. If it is the right one, add fingerprint: ${fingerprint} below tls`
  return new TocsinError('TCN_NETCONF_CERTIFICATE', message, { details: { fingerprint } })
}
