import { TocsinError } from '../../../errors/tocsin-error.js'
import type { Cancel, Runtime } from '../../../event/runtime.js'
import { qtJson } from '../codec/json.js'
import { type ServerMessage, textIn } from './message.js'

const MAX_OPEN = 1000

interface OpenRequest {
  resolve(args: unknown): void
  reject(error: Error): void
  cancelTimeout: Cancel
  what: string
}

/** The requests to one server that are not answered yet. Answers may overtake one another. */
export class OpenRequests {
  readonly #runtime: Runtime
  readonly #send: (text: string) => void
  readonly #open = new Map<string, OpenRequest>()
  readonly #prefix: string
  #count = 0

  constructor(runtime: Runtime, send: (text: string) => void) {
    this.#runtime = runtime
    this.#send = send
    // Behind a bridge, requests of an earlier connection may still be answered.
    this.#prefix = `tocsin-${Buffer.from(runtime.random(6)).toString('hex')}-`
  }

  /** Rejects with TCN_SYSADM_REFUSED, …_TIMEOUT, …_BUSY or …_CLOSED. */
  ask(namespace: string, name: string, args: unknown, timeout: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#open.size >= MAX_OPEN) throw new TocsinError('TCN_SYSADM_BUSY')
      const id = this.#prefix + ++this.#count
      const what = `${namespace}/${name}`
      this.#send(qtJson({ args, id, name, namespace }))
      const cancelTimeout = this.#runtime.after(timeout, () => {
        this.#open.delete(id)
        reject(new TocsinError('TCN_SYSADM_TIMEOUT', `${what} was not answered within ${timeout / 1000} s`))
      })
      this.#open.set(id, { resolve, reject, cancelTimeout, what })
    })
  }

  /** Ignores answers that nobody waits for, such as those to keep-alives. */
  answered({ id, args, isError }: Extract<ServerMessage, { kind: 'reply' }>): void {
    const request = this.#open.get(id)
    if (request === undefined) return
    this.#open.delete(id)
    request.cancelTimeout()
    if (isError) request.reject(refusal(request.what, args))
    else request.resolve(args)
  }

  rejectAll(error: Error): void {
    const open = [...this.#open.values()]
    this.#open.clear()
    for (const { cancelTimeout, reject } of open) {
      cancelTimeout()
      reject(error)
    }
  }
}

const MAX_TEXT = 200

/** Genuine servers send code and message as text; a bridge sends nothing or one word. */
function refusal(what: string, args: unknown): TocsinError {
  const code = textIn(args, 'code')
  const text = [code, textIn(args, 'message') || (typeof args === 'string' ? args : '')].join(' ').trim()
  const message = `${what}: ${text.slice(0, MAX_TEXT) || 'refused'}`
  return new TocsinError('TCN_SYSADM_REFUSED', message, { details: { code } })
}

/** Returns whether a server has refused a request with this code. */
export function isRefusal(error: unknown, code: string): boolean {
  return TocsinError.is(error, 'TCN_SYSADM_REFUSED') && error.details.code === code
}
