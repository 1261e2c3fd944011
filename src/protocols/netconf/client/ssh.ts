import type { Duplex } from 'node:stream'
import type { Client, ClientConfig, SshError } from 'ssh2'
import { formatAddress } from '../../../config/values/address.js'
import { asError, messageOf } from '../../../errors/thrown.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { algorithmOf, fingerprintOf } from './host-key.js'
import { KEEPALIVE_MS, type NetconfDial, type NetconfTransport } from './transport.js'

/** The secrets are texts, not files. */
export interface SshLogin {
  readonly user: string
  /** In a form that OpenSSH writes, and without a passphrase. */
  readonly privateKey?: string
  readonly password?: string
  /** Fingerprints, one of which must be that of the device. */
  readonly hostKeys: readonly string[]
}

const LOST_KEEPALIVES = 3

/** Logs in over SSH and opens the subsystem (RFC 6242). The library is loaded only then. */
export async function dialSsh(login: SshLogin, options: NetconfDial): Promise<NetconfTransport> {
  const { default: ssh2 } = await import('ssh2')
  options.signal.throwIfAborted()
  return new SshDialing(new ssh2.Client(), login, options).transport
}

class SshDialing {
  readonly transport: Promise<NetconfTransport>
  readonly #client: Client
  readonly #login: SshLogin
  readonly #options: NetconfDial
  #hostKey: Buffer | undefined
  #isKnown = false
  #channel: Duplex | undefined

  constructor(client: Client, login: SshLogin, options: NetconfDial) {
    this.#client = client
    this.#login = login
    this.#options = options
    this.transport = this.#dial()
  }

  async #dial(): Promise<NetconfTransport> {
    const { signal, runtime, timeout } = this.#options
    const client = this.#client
    const aborted = () => client.destroy()
    signal.addEventListener('abort', aborted, { once: true })
    const cancel = runtime.after(timeout, aborted)
    try {
      const stream = await this.#open()
      this.#channel = stream
      const fingerprint = this.#hostKey === undefined ? '' : fingerprintOf(this.#hostKey)
      return { stream, fingerprint, destroy: () => void client.destroy() }
    } catch (error) {
      client.destroy()
      throw signal.aborted ? asError(signal.reason) : error
    } finally {
      cancel()
      signal.removeEventListener('abort', aborted)
    }
  }

  #open(): Promise<Duplex> {
    const client = this.#client
    return new Promise((resolve, reject) => {
      client.on('error', (error) => {
        reject(this.#fault(error))
        this.#channel?.destroy(error)
      })
      client.on('close', () => reject(this.#fault(new Error('the device has closed the connection'))))
      client.on('keyboard-interactive', (_name, _instructions, _language, prompts, answer) =>
        // Only what is not shown while it is typed is a password.
        answer(prompts.map(({ echo }) => (echo === true ? '' : (this.#login.password ?? '')))),
      )
      client.on('ready', () =>
        client.subsys('netconf', (error, channel) =>
          error === undefined ? resolve(channel) : reject(this.#withoutNetconf(error)),
        ),
      )
      try {
        client.connect(this.#config())
      } catch (error) {
        reject(this.#error('TCN_NETCONF_LOGIN', messageOf(error)))
      }
    })
  }

  #config(): ClientConfig {
    const { address, timeout } = this.#options
    const { user, privateKey, password, hostKeys } = this.#login
    return {
      ...address,
      username: user,
      ...(privateKey !== undefined && { privateKey }),
      ...(password !== undefined && { password }),
      tryKeyboard: password !== undefined,
      readyTimeout: timeout,
      keepaliveInterval: KEEPALIVE_MS,
      keepaliveCountMax: LOST_KEEPALIVES,
      hostVerifier: (key) => {
        this.#hostKey = Buffer.from(key)
        this.#isKnown = hostKeys.includes(fingerprintOf(key))
        return this.#isKnown
      },
    }
  }

  #fault(error: SshError): TocsinError {
    if (this.#hostKey !== undefined && !this.#isKnown) return this.#unknownKey(this.#hostKey)
    if (error.level === 'client-authentication')
      return this.#error('TCN_NETCONF_LOGIN', `the device refuses the login of ${this.#login.user}`)
    const isLate = error.level === 'client-timeout'
    return this.#error(isLate ? 'TCN_NETCONF_TIMEOUT' : 'TCN_NETCONF_CONNECT', error.message)
  }

  #unknownKey(key: Buffer): TocsinError {
    const fingerprint = fingerprintOf(key)
    const algorithm = algorithmOf(key)
    const message = `the host key of the device is not known: ${algorithm} ${fingerprint}. If it is the right one, add the line\n  hostKey: ${fingerprint}`
    return this.#error('TCN_NETCONF_HOST_KEY', message, { fingerprint, algorithm })
  }

  #withoutNetconf(error: Error): TocsinError {
    return this.#error('TCN_NETCONF_CONNECT', `the device does not offer NETCONF over SSH: ${error.message}`)
  }

  #error(code: TocsinError['code'], message: string, details: Record<string, unknown> = {}): TocsinError {
    return new TocsinError(code, `${formatAddress(this.#options.address)}: ${message}`, { details })
  }
}
