import type { IncomingMessage } from 'node:http'
import { parseBounded } from '../../event/json/bounded.js'
import { asFields, own } from '../../event/json/object.js'
import type { Cancel } from '../../event/runtime.js'
import { RefusedRequest } from '../../protocols/transport/http-get.js'
import type { Source, SourceContext, SourceHealth } from '../source.js'
import { LineReader } from '../text/line-reader.js'
import type { Line } from '../text/line-splitter.js'
import type { KubernetesSourceConfig } from './config.js'
import { eventOf } from './event.js'
import { KubernetesServer } from './server.js'

const MAX_LINE = 1024 * 1024
/** Time between two watches, so that a server that ends each at once is not asked all the time, ms. */
const PAUSE_MS = 1_000
const GONE = 410
const MAX_REASON = 500

const FORGOTTEN = 'the server has forgotten the events that were missed'

/** Watches the events of a cluster of Kubernetes, and continues after the last one. */
export class KubernetesSource implements Source {
  readonly #config: KubernetesSourceConfig
  readonly #abort = new AbortController()
  #context!: SourceContext
  #server!: KubernetesServer
  /** That of the last event, or of a mark of the server. */
  #version: string | undefined
  #reader: LineReader | undefined
  #pause: Cancel | undefined
  #watches = 0
  #unreadable = 0
  /** The watch has ended because the server no longer knows the version. */
  #isGone = false

  constructor(config: KubernetesSourceConfig) {
    this.#config = config
  }

  async start(context: SourceContext): Promise<void> {
    this.#context = context
    this.#server = new KubernetesServer(this.#config, context.runtime, this.#abort.signal)
    this.#version = await context.load(keptVersion)
    this.#follow(await this.#watch())
  }

  async stop(): Promise<void> {
    this.#abort.abort(new Error('the source stops'))
    this.#pause?.()
    this.#reader?.abandon()
  }

  health(): SourceHealth {
    const { url, namespace } = this.#config
    const details = { server: url, watches: this.#watches, unreadable: this.#unreadable }
    return { state: 'up', details: { ...details, ...(namespace !== undefined && { namespace }) } }
  }

  async #watch(): Promise<IncomingMessage> {
    if (this.#version !== undefined) {
      try {
        return await this.#server.watch(this.#version)
      } catch (error) {
        if (!(error instanceof RefusedRequest) || error.status !== GONE) throw error
        this.#forgotten()
      }
    }
    this.#passed(await this.#server.version())
    return this.#server.watch(this.#version ?? '')
  }

  #forgotten(): void {
    this.#context.lost(undefined, FORGOTTEN)
    this.#version = undefined
    this.#isGone = false
  }

  #follow(stream: IncomingMessage): void {
    this.#watches++
    // The reader ends with the stream, whatever has ended it.
    stream.on('error', () => undefined)
    this.#reader = new LineReader({
      stream,
      runtime: this.#context.runtime,
      maxLine: MAX_LINE,
      take: (line) => this.#take(line),
      over: () => {
        this.#pause = this.#context.runtime.after(PAUSE_MS, () => void this.#again())
      },
    })
  }

  /** The server ends each watch after a time. */
  async #again(): Promise<void> {
    if (this.#abort.signal.aborted) return
    try {
      if (this.#isGone) this.#forgotten()
      this.#follow(await this.#watch())
    } catch (error) {
      if (!this.#abort.signal.aborted) this.#context.failed(error)
    }
  }

  /** Returns false if the hub accepts no events at present. */
  #take({ bytes, length }: Line): boolean {
    if (length === 0) return true
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
    const change = length > bytes.length ? undefined : changeIn(text)
    if (change === undefined) {
      this.#unreadable++
      this.#context.lost(1, 'an event of the cluster cannot be read')
      return true
    }
    const { type, object } = change
    const { resourceVersion } = asFields(asFields(object).metadata)
    if (type === 'ERROR') {
      this.#isGone = asFields(object).code === GONE
      if (!this.#isGone) this.#context.failed(new Error(`the server ends the watch: ${reasonIn(object)}`))
      return true
    }
    const isNews = type === 'ADDED' || type === 'MODIFIED'
    if (isNews && !this.#publish(object, text)) return false
    if (typeof resourceVersion === 'string') this.#passed(resourceVersion)
    return true
  }

  #publish(object: unknown, raw: string): boolean {
    return this.#context.attempt(
      () => {
        const { path, data } = eventOf(object)
        return this.#context.publish(path, data)
      },
      () => ({ place: raw, raw }),
    )
  }

  #passed(version: string): void {
    this.#version = version
    this.#context.moved(() => ({ version: this.#version }))
  }
}

function changeIn(text: string): { type: string; object: unknown } | undefined {
  try {
    const { type, object } = asFields(parseBounded(text))
    return typeof type === 'string' ? { type, object } : undefined
  } catch {
    return undefined
  }
}

/** The text of an object of the kind Status. */
function reasonIn(status: unknown): string {
  const { message, reason, code } = asFields(status)
  return String(message ?? reason ?? code ?? 'it does not say why').slice(0, MAX_REASON)
}

function keptVersion(stored: unknown): string {
  const version = own(stored, 'version')
  if (typeof version !== 'string' || version === '') throw new Error('the position has no version')
  return version
}
