import type { Link } from '../client/transport/link.js'
import { TocsinError, toTocsinError } from '../errors/tocsin-error.js'
import { asFields, isObject } from '../event/json/object.js'
import { type ControlRecord, encodeRecord, MAX_REQUEST_BYTES, wireError } from '../protocols/native/codec.js'
import type { Request } from '../protocols/native/protocol.js'
import type { AdmittedCaller } from '../sources/method-calls.js'
import type { SourceContext } from '../sources/source.js'
import { AnswerLog } from './answer-log.js'
import { type AskedOfEdge, framesOf } from './asked-of-edge.js'
import type { AnswersConfig } from './config.js'
import { Pace } from './pace.js'

/** The methods that the hub there may ask for; the rights that it has here are checked besides. */
const STATE_METHODS = new Set(['log.info', 'hub.status'])
const METHODS = new Set([
  ...STATE_METHODS,
  'events.read',
  'events.histogram',
  'events.facets',
  'tags.complete',
  'edges.ask',
])
/** Requests that are answered at the same time. The hub there sends no more unless it is not what it seems. */
const MAX_RUNNING = 64
/** Bytes of events in one record. */
const PIECE_BYTES = 512 * 1024
const MAX_NAME = 128
const NO_FRAMES = new Uint8Array(0)

export type AskedRecord = Extract<ControlRecord, { name: 'request' | 'cancel' }>

export interface AnsweringOptions {
  context: SourceContext
  /** Name of the upstream. */
  upstream: string
  config: AnswersConfig
  link: Pick<Link, 'send' | 'write' | 'answer'>
  /** Name of the hub there. */
  hub: string
}

/** Answers the questions of the hub there, over one connection, within what this hub lets it see. */
export class Answering {
  readonly #options: AnsweringOptions
  readonly #caller: AdmittedCaller
  readonly #running = new Map<number, AbortController>()
  readonly #pace: Pace
  readonly #log: AnswerLog
  /** Those that wait until more may be sent. */
  #waiting: (() => void)[] = []
  #isClosed = false

  constructor(options: AnsweringOptions) {
    this.#options = options
    const { context, upstream, config, hub } = options
    const { see, monitor, ask } = config
    this.#caller = context.calls.admit(`upstream/${upstream}`, { see, monitor, ask })
    this.#pace = new Pace(context.runtime, config.rate, () => this.#release())
    this.#log = new AnswerLog(context.runtime, (asked) => this.#caller.asked({ upstream, hub, ...asked }))
  }

  take(record: AskedRecord): void {
    if (this.#isClosed) return
    if (record.name === 'cancel') this.#running.get(record.body.id)?.abort()
    else void this.#answer(record.body)
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const running of this.#running.values()) running.abort()
    this.#release()
    this.#pace.close()
    this.#log.close()
    this.#caller.leave()
  }

  async #answer({ id, method, params }: Request): Promise<void> {
    if (this.#running.has(id)) return
    const abort = new AbortController()
    try {
      const asked = this.#check(method, params)
      this.#running.set(id, abort)
      const result = await this.#log.watch(asked, this.#run(asked, abort.signal))
      await this.#mayReply(abort.signal)
      this.#reply(id, result)
    } catch (error) {
      if (!abort.signal.aborted) this.#refuse(id, toTocsinError(error, 'TCN_METHOD_FAILED'))
    } finally {
      if (this.#running.get(id) === abort) this.#running.delete(id)
    }
  }

  #check(method: string, params: Record<string, unknown> = {}): AskedOfEdge {
    const { question, by, params: own = {} } = params
    const isWhole = isShortText(question) && isShortText(by) && isObject(own)
    if (!isWhole) throw new TocsinError('TCN_PROTOCOL_BODY', 'the request of the hub lacks a part')
    if (!METHODS.has(method))
      throw new TocsinError('TCN_ACCESS_DENIED', `edge hubs do not answer ${method.slice(0, MAX_NAME)}`)
    if (this.#running.size >= MAX_RUNNING)
      throw new TocsinError('TCN_PROTOCOL_TOO_MANY', `${MAX_RUNNING} questions are being answered`)
    return { question, by, method, params: own }
  }

  #run({ question, method, params }: AskedOfEdge, signal: AbortSignal): Promise<unknown> {
    return this.#caller.call(method, this.#bounded(method, params), question, signal)
  }

  #bounded(method: string, params: Record<string, unknown>): Record<string, unknown> {
    // Parameters of these would be about other hubs of a cluster.
    if (STATE_METHODS.has(method)) return {}
    if (method !== 'events.read') return params
    const { bytes } = this.#options.config
    const asked = typeof params.bytes === 'number' ? params.bytes : bytes
    return { ...params, bytes: Math.min(asked, bytes) }
  }

  /** Waits while more was sent than the rate allows. */
  async #mayReply(signal: AbortSignal): Promise<void> {
    while (this.#pace.owed > 0 && !this.#isClosed) await new Promise<void>((go) => this.#waiting.push(go))
    signal.throwIfAborted()
  }

  #release(): void {
    for (const go of this.#waiting.splice(0)) go()
  }

  /** Long events do not fit into one record, and the hub there takes no longer ones. */
  #reply(id: number, result: unknown): void {
    const { link } = this.#options
    const frames = framesOf(result)
    const isLong = frames.length > PIECE_BYTES
    const last = isLong ? { ...asFields(result), frames: NO_FRAMES } : result
    const record = encodeRecord('reply', { id, result: last })
    if (record.length > MAX_REQUEST_BYTES)
      throw new TocsinError('TCN_EDGE_ANSWER', `the answer has ${record.length} bytes, which are too many`)
    this.#pace.spend(frames.length)
    if (isLong)
      for (let at = 0; at < frames.length; at += PIECE_BYTES)
        link.send('reply', { id, more: true, result: frames.subarray(at, at + PIECE_BYTES) })
    link.write([record])
  }

  #refuse(id: number, error: TocsinError): void {
    if (!this.#isClosed) this.#options.link.answer('reply', { id, error: wireError(error) })
  }
}

function isShortText(text: unknown): text is string {
  return typeof text === 'string' && text !== '' && text.length <= MAX_NAME
}
