import type { IncomingHttpHeaders } from 'node:http'
import { TocsinError } from '../../errors/tocsin-error.js'

/** The answer in the form of a protocol. */
export interface HookReply {
  contentType: string
  body: Buffer
}

/** The answer to a sender whose request is stored. */
export interface HookAnswer {
  /** Number of events that were made from the request. */
  events: number
  /** True if the request was stored before and is left out. */
  repeated?: true
  /** Default: the fields above, as JSON. */
  reply?: HookReply
}

/** The receiver of the requests of one source. */
export interface Hook {
  /** The largest body that it reads, bytes. */
  readonly maxBody: number
  /** Checks what can be checked before the body is read. Rejects with TCN_HOOK_… */
  admit(headers: IncomingHttpHeaders): Promise<void>
  /**
   * Returns how many requests a minute a sender of CloudEvents may send, which asks before its first one; undefined if it
   * may send none. `origin` is the name that it gives itself.
   */
  permit?(origin: string): number | undefined
  /** Resolves when the request is stored. `kind`: the end of its path, of those that have several. */
  receive(headers: IncomingHttpHeaders, body: Buffer, kind?: string): Promise<HookAnswer>
}

/** The receivers of a hub, by the names of their sources, which open them: HTTP hands requests to them. */
export class Hooks {
  readonly #open = new Map<string, Hook>()
  readonly #isConfigured: (name: string) => boolean

  constructor(isConfigured: (name: string) => boolean = () => false) {
    this.#isConfigured = isConfigured
  }

  /** Opens a receiver until the returned function is called. */
  open(name: string, hook: Hook): () => void {
    this.#open.set(name, hook)
    return () => {
      if (this.#open.get(name) === hook) this.#open.delete(name)
    }
  }

  /** Throws TCN_HOOK_UNKNOWN, and TCN_HOOK_CLOSED for one whose source does not run. */
  find(name: string): Hook {
    const hook = this.#open.get(name)
    if (hook !== undefined) return hook
    throw new TocsinError(this.#isConfigured(name) ? 'TCN_HOOK_CLOSED' : 'TCN_HOOK_UNKNOWN')
  }
}
