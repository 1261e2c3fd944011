import { TocsinError } from '../../../errors/tocsin-error.js'
import { isObject, own } from '../../../event/json/object.js'
import type { Runtime } from '../../../event/runtime.js'
import { type GapEvent, readEvent, type ServerEvent, type SysadmSubscription } from './events.js'
import { type LoginContext, logIn, type SysadmLogin } from './login.js'
import { readServerMessage, textIn } from './message.js'
import { isRefusal, OpenRequests } from './requests.js'

export interface SysadmIdentity {
  hostname: string
  type: 'server' | 'bridge' | 'client' | (string & {})
}

export interface SessionOptions {
  runtime: Runtime
  /** Time for an answer, ms. */
  timeout: number
  send(text: string): void
  /** Receives every event. `isRepeat`: perhaps one that was sent before, since a subscription begins. */
  event(event: ServerEvent | GapEvent, size: number, isRepeat: boolean): void
  /** Answers requests of the other side, which only bridges have. */
  asked?(name: string, id: string): void
  /** Present if the server is behind a bridge: from now on messages to it are base64. */
  wrap?(): void
}

/** Where to continue, and for the class `tocsin` which events. */
export interface SubscribeFrom {
  since?: string
  filter?: string | readonly string[] | object
}

const QUESTIONABLE = '400'

/** One server at the other end, whether of the connection or behind a bridge. */
export class SysadmSession {
  readonly #options: SessionOptions
  readonly #requests: OpenRequests
  readonly #subscribing = new Set<string>()
  /** True if the server continues after a position; undefined: not known. */
  #hasPositions: boolean | undefined
  #closed: string | undefined
  #token: string | undefined

  constructor(options: SessionOptions) {
    this.#options = options
    this.#requests = new OpenRequests(options.runtime, options.send)
  }

  /** Undefined while not logged in. */
  get token(): string | undefined {
    return this.#token
  }

  /** Rejects with TCN_SYSADM_REFUSED, …_TIMEOUT, …_BUSY or …_CLOSED. */
  ask(namespace: string, name: string, args: unknown, timeout = this.#options.timeout): Promise<unknown> {
    if (this.#closed !== undefined) return Promise.reject(new TocsinError('TCN_SYSADM_CLOSED', this.#closed))
    return this.#requests.ask(namespace, name, args, timeout)
  }

  async identify(timeout?: number): Promise<SysadmIdentity> {
    const answer = await this.ask('rpc', 'identify', '', timeout)
    return { hostname: textIn(answer, 'hostname'), type: textIn(answer, 'type') }
  }

  /** Rejects with TCN_SYSADM_LOGIN. */
  async logIn(login: SysadmLogin): Promise<void> {
    const context: LoginContext = {
      ask: (name, args) => this.ask('rpc', name, args),
      wrap: this.#options.wrap,
    }
    this.#token = await logIn(login, context)
  }

  /** Ends the login on every connection that shares it. There is no answer. */
  logOut(): void {
    this.#token = undefined
    void this.#requests.ask('rpc', 'auth_clear', '', 1).catch(() => {})
  }

  /** Resolves with whether the server continued after `since`. */
  async subscribe(name: SysadmSubscription, from: SubscribeFrom = {}): Promise<boolean> {
    this.#subscribing.add(name)
    try {
      return await this.#subscribe(name, from)
    } finally {
      this.#subscribing.delete(name)
    }
  }

  async unsubscribe(name: SysadmSubscription): Promise<void> {
    await this.ask('events', 'unsubscribe', [name])
  }

  /** Takes a message from the server. */
  receive(text: string): void {
    const message = readServerMessage(text)
    if (message === undefined) return
    if (message.kind === 'reply') this.#requests.answered(message)
    else if (message.kind === 'request') this.#options.asked?.(message.name, message.id)
    else this.#event(message.name, message.args, message.cursor, text.length)
  }

  close(reason: string): void {
    this.#closed ??= reason
    this.#requests.rejectAll(new TocsinError('TCN_SYSADM_CLOSED', this.#closed))
  }

  #event(name: string, args: unknown, cursor: string | undefined, size: number): void {
    const gap = name === 'tocsin' ? own(args, 'gap') : undefined
    if (isObject(gap) && own(args, 'specversion') === undefined) {
      this.#options.event({ class: 'gap', reason: textIn(gap, 'reason') }, size, false)
      return
    }
    const event = readEvent(name, args, cursor)
    this.#options.event(event, size, this.#subscribing.has(event.class))
  }

  /** Tries the form with positions first; genuine servers answer it with 400. */
  async #subscribe(name: SysadmSubscription, { since, filter }: SubscribeFrom): Promise<boolean> {
    if (this.#hasPositions !== false) {
      const extended = filter === undefined ? { classes: [name] } : { classes: [name], filter }
      if (since !== undefined && (await this.#tried(name, { ...extended, since }))) return true
      if (await this.#tried(name, extended)) return false
      this.#hasPositions = false
    }
    const answer = await this.ask('events', 'subscribe', [name])
    if (textIn(answer, 'subscribe') === '')
      throw new TocsinError('TCN_SYSADM_REFUSED', `the server has no events of the class ${name}`)
    return false
  }

  async #tried(name: SysadmSubscription, args: object): Promise<boolean> {
    try {
      const answer = await this.ask('events', 'subscribe', args)
      if (textIn(answer, 'subscribe') !== name) return false
      this.#hasPositions = true
      return true
    } catch (error) {
      if (isRefusal(error, QUESTIONABLE)) return false
      throw error
    }
  }
}
