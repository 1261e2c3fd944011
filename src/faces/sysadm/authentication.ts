import type { Identity } from '../../access/identify.js'
import type { Session } from '../../access/session.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import { own } from '../../event/json/object.js'
import { SysadmError } from '../../protocols/sysadm/codec/errors.js'
import type { SysadmContext } from './context.js'
import { proofOf } from './login-keys.js'
import type { SysadmLevel } from './right.js'

const MAX_TEXT = 8192
/**
 * Time that a refused address waits for each answer, ms. Nothing more is read from the connection meanwhile, so that
 * one that continues to try takes no time from others.
 */
const REFUSED_PAUSE = 100

/** A peer that may log in. */
export interface LoginIdentity extends Identity {
  readonly level: SysadmLevel
}

export interface AuthAnswer {
  answer: unknown
  /** Undefined: a step on the way to a login. */
  login?: Session
}

/** The ways in which one peer can log in. */
export class Authentication {
  readonly #context: SysadmContext
  readonly #address: string
  /** True if only keys are accepted: a bridge could read passwords and tokens. */
  readonly #isBridged: boolean
  /** The test strings of this peer. */
  readonly #challenges: string[] = []

  constructor(context: SysadmContext, address: string, isBridged: boolean) {
    this.#context = context
    this.#address = address
    this.#isBridged = isBridged
  }

  /** Rejects with 401 whatever was wrong, so that nobody learns more. */
  async answer(name: string, args: unknown): Promise<AuthAnswer> {
    const { blacklist, challenges } = this.#context
    const encrypted = textOf(args, 'encrypted_string')
    if (blacklist.refuses(this.#address)) {
      await this.#pause()
      throw new SysadmError(401)
    }
    if (this.#isBridged && name !== 'auth_ssl') throw this.#failed()
    switch (name) {
      case 'auth':
        return this.#login(await this.byPassword(args))
      case 'auth_token':
        return this.#byToken(textOf(args, 'token') ?? '')
      case 'auth_ssl':
        if (encrypted === undefined) return { answer: { test_string: challenges.make(this.#challenges) } }
        return this.#login(await this.#byKey(encrypted))
      default:
        throw this.#failed()
    }
  }

  close(): void {
    this.#context.challenges.forget(this.#challenges)
  }

  /** Rejects with 401. Checking a password takes long, and those of an address that must be refused are not checked. */
  byPassword(args: unknown): Promise<LoginIdentity> {
    const { blacklist } = this.#context
    const user = textOf(args, 'username')
    const password = textOf(args, 'password')
    return blacklist.inTurn(this.#address, async () => {
      if (blacklist.refuses(this.#address)) throw new SysadmError(401)
      if (user === undefined || password === undefined) throw this.#failed()
      return this.#admit(await this.#identify(user, password))
    })
  }

  async #identify(user: string, password: string): Promise<Identity> {
    const { blacklist, host } = this.#context
    try {
      return await host.access.identify({ user, password, address: this.#address })
    } catch (error) {
      // The password was not looked at.
      if (TocsinError.is(error) && error.code === 'TCN_ACCESS_BUSY') throw error
      blacklist.fail(this.#address)
      throw new SysadmError(401)
    }
  }

  async #byToken(token: string): Promise<AuthAnswer> {
    const login = await this.#context.logins.find(token)
    if (login === undefined || this.#context.host.access.level(login.principal, 'sysadm') === undefined)
      throw this.#failed()
    return { answer: [token, 0], login }
  }

  async #byKey(encrypted: string): Promise<LoginIdentity> {
    const { keys, challenges, host, longWork } = this.#context
    const steps = keys.whoEncrypted(Buffer.from(encrypted, 'base64'), (text) => challenges.take(text))
    const key = await longWork.run(`sysadm ${this.#address}`, steps)
    const principal = key && host.access.find(key.principal)
    if (principal === undefined) throw this.#failed()
    return this.#admit({ principal, ended: key?.ending.signal, proof: key && proofOf(key) })
  }

  /** Refuses a principal without rights over SysAdm like one that does not exist. */
  #admit(identity: Identity): LoginIdentity {
    const level = this.#context.host.access.level(identity.principal, 'sysadm')
    if (level === undefined) throw this.#failed()
    return { ...identity, level }
  }

  async #login(identity: LoginIdentity): Promise<AuthAnswer> {
    const { secret, session } = await this.#context.logins.begin({ identity, address: this.#address })
    return { answer: [secret, 0], login: session }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => this.#context.host.runtime.after(REFUSED_PAUSE, resolve))
  }

  #failed(): SysadmError {
    const { host, blacklist } = this.#context
    blacklist.fail(this.#address)
    const credentials = { token: '', address: this.#address }
    host.access.loginRefused(credentials, new TocsinError('TCN_ACCESS_TOKEN'))
    return new SysadmError(401)
  }
}

function textOf(args: unknown, key: string): string | undefined {
  const text = own(args, key)
  return typeof text === 'string' && text.length <= MAX_TEXT ? text : undefined
}
