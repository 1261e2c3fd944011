import { isUtf8 } from 'node:buffer'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { TocsinError } from '../../errors/tocsin-error.js'
import { parsePlainJson } from '../../event/json/parse.js'
import { isIdentify, isRpc } from '../../protocols/sysadm/codec/envelope.js'
import { errorArgs, SysadmError } from '../../protocols/sysadm/codec/errors.js'
import { heldUntilAnswered, readBody } from '../web/body.js'
import { type ErrorAnswer, errorOf } from '../web/error-answer.js'
import { type WebListen, WebListener } from '../web/listener.js'
import { answerError, restAnswer, restSteps, type SysadmHttpLimits } from './answer.js'
import { Authentication } from './authentication.js'
import { type Caller, type SysadmContext, toSysadmError } from './context.js'
import { rpc } from './requests/rpc.js'
import { identity } from './session.js'
import { readEventsAsked } from './subscriptions.js'

const MAX_BODY = 256 * 1024

/** The REST interface: `PUT /<namespace>/<name>` with the arguments as the body, and HTTP Basic. */
export class SysadmRest {
  readonly #context: SysadmContext
  readonly #limits: SysadmHttpLimits
  readonly #listener: WebListener

  constructor(context: SysadmContext, limits: SysadmHttpLimits) {
    const { runtime, budgets } = context.host
    this.#context = context
    this.#limits = { ...limits }
    this.#listener = new WebListener({
      runtime,
      limits: this.#limits,
      budgets,
      answerError,
      request: (request, response) => void this.#serve(request, response),
      upgrade: () => {
        throw new TocsinError('TCN_HTTP_ROUTE')
      },
    })
  }

  get connections(): number {
    return this.#listener.connections
  }

  listen(listen: WebListen): Promise<string> {
    return this.#listener.listen(listen)
  }

  unbind(): void {
    this.#listener.unbind()
  }

  bind(): Promise<void> {
    return this.#listener.bind()
  }

  limit(limits: SysadmHttpLimits): void {
    Object.assign(this.#limits, limits)
    this.#listener.limit(limits)
  }

  drain(): void {
    this.#listener.drain()
  }

  close(): Promise<void> {
    return this.#listener.close()
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, headers, body } = await this.#answer(request, response).catch(refusal)
    response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) })
    response.end(body)
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<ErrorAnswer> {
    const [, namespace, name] = /^\/([^/?]{1,64})\/([^/?]{1,64})\/?(?:\?.*)?$/.exec(request.url ?? '') ?? []
    if (namespace === undefined || name === undefined) throw new SysadmError(404)
    if (request.method !== 'PUT') throw new SysadmError(400)
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    const isOpen = isRpc(namespace) && isIdentify(name)
    const caller = isOpen ? undefined : await this.#caller(request, gone.signal)
    const args = await this.#args(request, response)
    if (caller === undefined) return restAnswer(200, identity())
    if (isRpc(namespace)) {
      const result = await rpc(this.#context, caller, name.toLowerCase(), args)
      return this.#context.longWork.run(caller.principal.name, restSteps(result), gone.signal)
    }
    if (namespace.toLowerCase() === 'events') return restAnswer(200, subscribed(name, args))
    throw new SysadmError(404)
  }

  /** The name and password of HTTP Basic, which come with every request. */
  async #caller({ headers, socket }: IncomingMessage, signal: AbortSignal): Promise<Caller> {
    const address = socket.remoteAddress ?? ''
    const [, text = ''] = /^basic +([\w+/=-]{1,4096})$/i.exec(headers.authorization ?? '') ?? []
    const [username, ...password] = Buffer.from(text, 'base64').toString().split(':')
    if (password.length === 0) throw new SysadmError(401)
    const authentication = new Authentication(this.#context, address, false)
    const { principal, level } = await authentication.byPassword({ username, password: password.join(':') })
    return { principal, level, address, login: { ended: signal } }
  }

  async #args(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    const { runtime, budgets } = this.#context.host
    const held = heldUntilAnswered(response, budgets)
    const bytes = await readBody(request, { runtime, limits: this.#limits }, MAX_BODY, held)
    if (bytes.length === 0) return ''
    try {
      if (isUtf8(bytes)) return parsePlainJson(bytes.toString())
    } catch {
      // Answered below like other bytes that are no JSON.
    }
    throw new SysadmError(400)
  }
}

/** Nothing can be delivered over REST; the genuine server answers like this all the same. */
function subscribed(name: string, args: unknown): object {
  if (name !== 'subscribe' && name !== 'unsubscribe') throw new SysadmError(400)
  const last = readEventsAsked(args).classes.at(-1)
  return last === undefined ? {} : { [name]: last }
}

function refusal(thrown: unknown): ErrorAnswer {
  if (TocsinError.is(thrown)) return answerError(errorOf(thrown))
  const { code, why } = toSysadmError(thrown)
  return restAnswer(code, why === undefined ? errorArgs(code) : { ...errorArgs(code), why })
}
