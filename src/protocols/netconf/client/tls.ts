import { connect, type TLSSocket } from 'node:tls'
import { formatAddress } from '../../../config/values/address.js'
import { asError, messageOf } from '../../../errors/thrown.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { isTrustFailure, type TlsOptions, tlsSettings } from '../../transport/tls-options.js'
import { KEEPALIVE_MS, type NetconfDial, type NetconfTransport } from './transport.js'

export interface TlsLogin extends TlsOptions {
  /** SHA-256 of the certificate of the device, 64 hexadecimal digits, instead of an authority; any of several. */
  readonly fingerprints?: readonly string[]
}

/** Connects over TLS with a client certificate, which is the login (RFC 7589). */
export function dialTls(
  login: TlsLogin,
  { address, runtime, timeout, signal }: NetconfDial,
): Promise<NetconfTransport> {
  const { fingerprints = [] } = login
  const at = formatAddress(address)
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    // The certificate is checked below, where its fingerprint can be named.
    const socket = connect({ ...address, ...tlsSettings(login, address.host), rejectUnauthorized: false })
    const fail = (error: Error): void => {
      cleanUp()
      socket.on('error', () => {}).destroy()
      reject(error)
    }
    const aborted = (): void => fail(asError(signal.reason))
    const failed = (cause: Error): void => {
      const code = isTrustFailure(cause) ? 'TCN_NETCONF_CERTIFICATE' : 'TCN_NETCONF_CONNECT'
      fail(new TocsinError(code, `${at}: ${cause.message}`, { cause }))
    }
    const closed = (): void => failed(new Error('the device has closed the connection'))
    const cancel = runtime.after(timeout, () =>
      fail(new TocsinError('TCN_NETCONF_TIMEOUT', `${at}: no answer within ${timeout / 1000} s`)),
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
      const fault = certificateFault(socket, fingerprints, fingerprint)
      if (fault !== undefined) return fail(untrusted(at, fault, fingerprint))
      cleanUp()
      socket.setKeepAlive(true, KEEPALIVE_MS)
      resolve({ stream: socket, fingerprint, destroy: () => void socket.destroy() })
    })
  })
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
  const message = `${at}: ${fault}. If it is the right one, add the line\n  fingerprint: ${fingerprint}\nbelow tls`
  return new TocsinError('TCN_NETCONF_CERTIFICATE', message, { details: { fingerprint } })
}
