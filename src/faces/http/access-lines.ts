import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Principal } from '../../bus/principal.js'
import type { Runtime } from '../../event/runtime.js'
import type { AccessLog } from '../../observers/access-log.js'
import type { Route } from './route.js'

/** The facts about a request after it was admitted. */
interface Admitted {
  principal: string
  isPage: boolean
}

/** Longest path that a line repeats. */
const MAX_PATH = 256

/** Reports requests to the access log while somebody reads it. */
export class AccessLines {
  readonly #log: AccessLog
  readonly #runtime: Pick<Runtime, 'monotonic'>
  readonly #admitted = new WeakMap<IncomingMessage, Admitted>()

  constructor(log: AccessLog, runtime: Pick<Runtime, 'monotonic'>) {
    this.#log = log
    this.#runtime = runtime
  }

  /** A request begins: its line is written when its answer is complete, or its connection lost. */
  follow(request: IncomingMessage, response: ServerResponse): void {
    if (!this.#log.isRead) return
    const since = this.#runtime.monotonic()
    const admitted: Admitted = { principal: '', isPage: false }
    const address = request.socket.remoteAddress
    this.#admitted.set(request, admitted)
    response.once('close', () => {
      const result = response.writableFinished ? String(response.statusCode) : 'cut off'
      const ms = this.#runtime.monotonic() - since
      this.#log.ended({ ...admitted, address, what: askedFor(request), result, ms })
    })
  }

  admitted(request: IncomingMessage, { name }: Principal, { isPage = false }: Pick<Route, 'isPage'>): void {
    const admitted = this.#log.isRead ? this.#admitted.get(request) : undefined
    if (admitted !== undefined) Object.assign(admitted, { principal: name, isPage })
  }

  /** A connection leaves HTTP. */
  upgraded(request: IncomingMessage, { name }: Principal): void {
    if (!this.#log.isRead) return
    const address = request.socket.remoteAddress
    this.#log.ended({ principal: name, address, what: askedFor(request), result: '101', ms: 0 })
  }
}

/** The path without its query, which may carry a ticket. */
function askedFor({ method, url = '/' }: IncomingMessage): string {
  return `${method} ${url.split('?', 1)[0].slice(0, MAX_PATH)}`
}
