import { connect, type Socket } from 'node:net'
import type { Client, ClientConfig, LoginMethod, Prompt, SshChannel, SshError } from 'ssh2'
import { formatAddress } from '../../../config/values/address.js'
import { asError, messageOf } from '../../../errors/thrown.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { GuardedSocket } from '../../../transport/guarded-socket.js'
import { SSH_ALGORITHMS } from '../ssh-algorithms.js'
import { MAX_STRANGER_BYTES, windowFault } from '../ssh-bounds.js'
import { algorithmOf, fingerprintOf } from './host-key.js'
import { KEEPALIVE_MS, type LoginOptions, type NetconfDial, type NetconfTransport } from './transport.js'

/** The secrets are texts, not files. */
export interface SshCredentials {
  readonly user: string
  /** In a form that OpenSSH writes, and without a passphrase. */
  readonly privateKey?: string
  readonly password?: string
}

export interface SshLogin extends SshCredentials {
  /** Fingerprints, one of which must be that of the device. */
  readonly hostKeys: readonly string[]
}

/** Reads what the device with this host key is logged in to with; undefined if it is not known. */
export type FindCredentials = (
  fingerprint: string,
  key: Buffer,
) => (() => Promise<SshCredentials>) | undefined

const LOST_KEEPALIVES = 3

/** Logs in over SSH and opens the subsystem (RFC 6242). The library is loaded only then. */
export async function dialSsh(login: SshLogin, options: NetconfDial): Promise<NetconfTransport> {
  const { address } = options
  const { user, privateKey, password, hostKeys } = login
  options.signal.throwIfAborted()
  return openSsh(options, {
    connect: () => connect(address),
    place: formatAddress(address),
    user: () => user,
    password: () => password,
    knows: (fingerprint) => hostKeys.includes(fingerprint),
    config: {
      username: user,
      ...(privateKey !== undefined && { privateKey }),
      ...(password !== undefined && { password }),
      tryKeyboard: password !== undefined,
    },
  })
}

/** The same on a connection that the device has opened. Nothing is sent to one that is not known. */
export async function answerSsh(
  socket: Socket,
  find: FindCredentials,
  options: LoginOptions,
): Promise<NetconfTransport> {
  const login = new LaterLogin(find)
  const { remoteAddress: host = 'gone', remotePort: port = 0 } = socket
  return openSsh(options, {
    connect: () => socket,
    place: formatAddress({ host, port }),
    user: () => login.user,
    password: () => login.password,
    fault: () => login.fault,
    knows: (fingerprint, key) => login.knows(fingerprint, key),
    config: {
      username: '',
      tryKeyboard: false,
      authHandler: (_methods, _isPartial, next) => login.next(next),
    },
  })
}

async function openSsh(options: LoginOptions, target: SshTarget): Promise<NetconfTransport> {
  const { default: ssh2 } = await import('ssh2')
  options.signal.throwIfAborted()
  return new SshDialing(new ssh2.Client(), target, options).transport
}

/** A login that is chosen by the key that the device shows. */
class LaterLogin {
  readonly #find: FindCredentials
  #read: (() => Promise<SshCredentials>) | undefined
  #credentials: SshCredentials | undefined
  #methods: LoginMethod[] | undefined
  /** The reason why the credentials cannot be read. */
  fault: unknown

  constructor(find: FindCredentials) {
    this.#find = find
  }

  get user(): string {
    return this.#credentials?.user ?? ''
  }

  get password(): string | undefined {
    return this.#credentials?.password
  }

  knows(fingerprint: string, key: Buffer): boolean {
    this.#read = this.#find(fingerprint, key)
    return this.#read !== undefined
  }

  /** Called once the key is proven. */
  next(take: (method: LoginMethod | false) => void): void {
    if (this.#methods !== undefined || this.#read === undefined) {
      take(this.#methods?.shift() ?? false)
      return
    }
    this.#methods = []
    this.#read().then(
      (credentials) => {
        this.#credentials = credentials
        this.#methods = methodsOf(credentials)
        take(this.#methods.shift() ?? false)
      },
      (thrown) => {
        this.fault = thrown
        take(false)
      },
    )
  }
}

function methodsOf({ user: username, privateKey: key, password }: SshCredentials): LoginMethod[] {
  const byPassword: LoginMethod[] =
    password === undefined
      ? []
      : [
          { type: 'password', username, password },
          {
            type: 'keyboard-interactive',
            username,
            prompt: (_name, _instructions, _language, prompts, answer) =>
              answer(answersOf(prompts, password)),
          },
        ]
  return [...(key === undefined ? [] : [{ type: 'publickey' as const, username, key }]), ...byPassword]
}

/** Only what is not shown while it is typed is a password. */
function answersOf(prompts: readonly Prompt[], password: string): string[] {
  return prompts.map(({ echo }) => (echo === true ? '' : password))
}

interface SshTarget {
  connect(): Socket
  /** Used in messages. */
  readonly place: string
  readonly config: Pick<ClientConfig, 'username' | 'privateKey' | 'password' | 'tryKeyboard' | 'authHandler'>
  user(): string
  password(): string | undefined
  /** The reason why there is nothing to log in with. */
  fault?(): unknown
  knows(fingerprint: string, key: Buffer): boolean
}

/** The key itself is not kept: it would hold a slab of the pool of buffers for each device. */
interface PresentedKey {
  readonly fingerprint: string
  readonly algorithm: string
  readonly isKnown: boolean
}

class SshDialing {
  readonly transport: Promise<NetconfTransport>
  readonly #client: Client
  readonly #target: SshTarget
  readonly #options: LoginOptions
  #hostKey: PresentedKey | undefined
  #channel: SshChannel | undefined
  readonly #guarded: GuardedSocket

  constructor(client: Client, target: SshTarget, options: LoginOptions) {
    this.#client = client
    this.#target = target
    this.#options = options
    this.#guarded = new GuardedSocket(target.connect(), {
      runtime: options.runtime,
      work: { face: 'device', what: 'ssh', principal: target.place },
      fault: () => this.#channel && windowFault(this.#channel),
    })
    this.#guarded.expect(MAX_STRANGER_BYTES, 'the device sends more than a login has')
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
      return { stream, fingerprint: this.#hostKey?.fingerprint ?? '', destroy: () => void client.destroy() }
    } catch (error) {
      client.destroy()
      // The library does not know it yet if it could not begin.
      this.#guarded.destroy()
      throw signal.aborted ? asError(signal.reason) : error
    } finally {
      cancel()
      signal.removeEventListener('abort', aborted)
    }
  }

  #open(): Promise<SshChannel> {
    const client = this.#client
    return new Promise((resolve, reject) => {
      client.on('error', (error) => {
        reject(this.#fault(error))
        // The library leaves the reason out.
        if (this.#channel?.listenerCount('error')) this.#channel.emit('error', error)
        this.#channel?.destroy()
      })
      client.on('close', () => reject(this.#fault(new Error('the device has closed the connection'))))
      client.on('keyboard-interactive', (_name, _instructions, _language, prompts, answer) =>
        answer(answersOf(prompts, this.#target.password() ?? '')),
      )
      client.on('ready', () => {
        this.#guarded.expect(Infinity)
        client.subsys('netconf', (error, channel) => {
          if (error !== undefined) return reject(this.#withoutNetconf(error))
          this.#channel = channel
          channel.stderr.resume()
          resolve(channel)
        })
      })
      try {
        client.connect(this.#config())
      } catch (error) {
        reject(this.#error('TCN_NETCONF_LOGIN', messageOf(error)))
      }
    })
  }

  #config(): ClientConfig {
    return {
      ...this.#target.config,
      sock: this.#guarded,
      algorithms: SSH_ALGORITHMS,
      readyTimeout: this.#options.timeout,
      keepaliveInterval: KEEPALIVE_MS,
      keepaliveCountMax: LOST_KEEPALIVES,
      hostVerifier: (key) => {
        const fingerprint = fingerprintOf(key)
        // The library asks again whenever the keys of the connection are exchanged again.
        if (this.#hostKey !== undefined)
          return this.#hostKey.isKnown && this.#hostKey.fingerprint === fingerprint
        const isKnown = this.#target.knows(fingerprint, Buffer.from(key))
        this.#hostKey = { fingerprint, algorithm: algorithmOf(key), isKnown }
        return isKnown
      },
    }
  }

  #fault(error: SshError): TocsinError {
    if (this.#hostKey !== undefined && !this.#hostKey.isKnown) return this.#unknownKey(this.#hostKey)
    const fault = this.#target.fault?.()
    if (fault !== undefined) return this.#error('TCN_NETCONF_LOGIN', messageOf(fault))
    if (error.level === 'client-authentication')
      return this.#error('TCN_NETCONF_LOGIN', `the device refuses the login of ${this.#target.user()}`)
    const isLate = error.level === 'client-timeout'
    return this.#error(isLate ? 'TCN_NETCONF_TIMEOUT' : 'TCN_NETCONF_CONNECT', error.message)
  }

  #unknownKey({ fingerprint, algorithm }: PresentedKey): TocsinError {
    const message = `the host key of the device is not known: ${algorithm} ${fingerprint}. If it is the right one, add hostKey: ${fingerprint}`
    return this.#error('TCN_NETCONF_HOST_KEY', message, { fingerprint, algorithm })
  }

  #withoutNetconf(error: Error): TocsinError {
    return this.#error('TCN_NETCONF_CONNECT', `the device does not offer NETCONF over SSH: ${error.message}`)
  }

  #error(code: TocsinError['code'], message: string, details: Record<string, unknown> = {}): TocsinError {
    return new TocsinError(code, `${this.#target.place}: ${message}`, { details })
  }
}
