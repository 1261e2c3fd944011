import { hostname } from 'node:os'
import type { Session } from '../../access/session.js'
import {
  errorText,
  isIdentify,
  isLogs,
  isRpc,
  replySteps,
  replyText,
  type SysadmRequest,
} from '../../protocols/sysadm/codec/envelope.js'
import { SysadmError } from '../../protocols/sysadm/codec/errors.js'
import { Authentication } from './authentication.js'
import { type Caller, type SysadmContext, toSysadmError } from './context.js'
import { rpc } from './requests/rpc.js'
import { type EventOutput, EventSubscriptions, readEventsAsked } from './subscriptions.js'

export interface SessionOptions {
  /** Undefined: the peer at the other end of the connection itself. */
  relay: string | undefined
  /** The address of the connection. */
  address: string
  /** True if a bridge is on the way. */
  isBridged: boolean
  /** Called when the login of this session begins or ends. */
  onLogin(): void
}

/** The answer to `rpc/identify`. */
export function identity(): object {
  return { hostname: hostname(), type: 'server' }
}

/** One peer: that of a connection, or one that uses the connection through a relay. Each has a login of its own. */
export class SysadmSession {
  readonly #context: SysadmContext
  readonly #options: SessionOptions
  readonly #events: EventSubscriptions
  readonly #authentication: Authentication
  #login: Session | undefined
  #isClosed = false

  constructor(context: SysadmContext, output: EventOutput, options: SessionOptions) {
    this.#context = context
    this.#options = options
    const { relay, address, isBridged } = options
    this.#events = new EventSubscriptions(context, output, { relay, label: `sysadm ${address}` })
    this.#authentication = new Authentication(context, address, isBridged)
  }

  get isLoggedIn(): boolean {
    return this.#login !== undefined
  }

  /** Resolves with the text of the answer; undefined: there is none. Never rejects. */
  async handle(request: SysadmRequest): Promise<string | undefined> {
    try {
      const args = await this.#answer(request)
      return args === undefined ? undefined : await this.#text(request, args)
    } catch (thrown) {
      const { code, why } = toSysadmError(thrown)
      return errorText(request.id, code, why)
    }
  }

  drained(): void {
    this.#events.drained()
  }

  close(): void {
    this.#isClosed = true
    this.#authentication.close()
    this.#setLogin(undefined)
  }

  async #answer(request: SysadmRequest): Promise<unknown> {
    const { namespace, name, args } = request
    if (isRpc(namespace)) {
      if (isIdentify(name)) return identity()
      if (name === 'auth_clear') return this.#logout()
      if (name.startsWith('auth')) return this.#authenticate(name, args)
    }
    const caller = this.#caller()
    if (isRpc(namespace)) return rpc(this.#context, caller, name.toLowerCase(), args)
    if (namespace.toLowerCase() === 'events') return this.#subscribe(caller, name, args)
    throw new SysadmError(404)
  }

  /** The answers of logs alone may be long. */
  async #text(request: SysadmRequest, args: unknown): Promise<string> {
    if (!isLogs(request)) return replyText(request, args)
    return this.#context.longWork.run(this.#login?.principal.name ?? '', replySteps(request, args))
  }

  async #authenticate(name: string, args: unknown): Promise<unknown> {
    const { answer, login } = await this.#authentication.answer(name, args)
    if (login !== undefined && !this.#isClosed) this.#setLogin(login)
    return answer
  }

  #logout(): undefined {
    // There is no answer that could say that other hubs do not know of it yet.
    if (this.#login !== undefined) this.#context.logins.end(this.#login).catch(() => undefined)
  }

  /** The user who is logged in here. Every request that needs the login renews it. */
  #caller(): Caller {
    const { host, logins } = this.#context
    const login = this.#login
    const level = login && host.access.level(login.principal, 'sysadm')
    if (login === undefined || level === undefined || !logins.renew(login)) throw new SysadmError(401)
    const { address } = this.#options
    return { principal: login.principal, level, address, login }
  }

  async #subscribe({ principal }: Caller, name: string, args: unknown): Promise<unknown> {
    if (name !== 'subscribe' && name !== 'unsubscribe') throw new SysadmError(400)
    const asked = readEventsAsked(args)
    if (name === 'subscribe') await this.#events.subscribe(principal, asked)
    else this.#events.unsubscribe(asked)
    // The login may have ended meanwhile, and the subscriptions with it.
    if (this.#login === undefined) this.#events.closeAll()
    const last = asked.classes.at(-1)
    return last === undefined ? {} : { [name]: last }
  }

  #setLogin(login: Session | undefined): void {
    const old = this.#login
    if (old === login) return
    old?.offEnd(this.#loggedOut)
    if (old?.principal !== login?.principal) this.#events.closeAll()
    this.#login = login
    login?.onEnd(this.#loggedOut)
    if (!this.#isClosed) this.#options.onLogin()
  }

  readonly #loggedOut = (): void => this.#setLogin(undefined)
}
