import type { IncomingMessage } from 'node:http'
import { asFields } from '../../event/json/object.js'
import { tagSegment } from '../../event/tag.js'
import type { Source, SourceContext, SourceHealth } from '../source.js'
import { LineReader } from '../text/line-reader.js'
import type { Line } from '../text/line-splitter.js'
import type { ContainersConfig } from './config.js'
import { daemonEvents, daemonVersion } from './daemon.js'
import { type DaemonEvent, parseDaemonEvent } from './daemon-event.js'
import { ContainerLogs } from './logs/logs.js'

const MAX_LINE = 256 * 1024
/** Lines of one moment that are remembered. */
const MAX_LINES = 10_000
/** The events that Docker keeps for those who ask later. */
const KEPT_EVENTS = 256

/** Publishes what a daemon says about its containers, from the event that was published last. */
export class ContainersSource implements Source {
  readonly #config: ContainersConfig
  readonly #abort = new AbortController()
  #context!: SourceContext
  #reader: LineReader | undefined
  #daemon = ''
  /** Time of the last event, ns since the epoch. */
  #last = 0n
  /** The lines of all events that were read at that time, since the daemon sends them again. */
  readonly #lines = new Set<string>()
  /** When the stream began; what is older was kept by the daemon. */
  #began = 0n
  #caughtUp = 0
  #unreadable = 0
  #logs: ContainerLogs | undefined
  /** When it has begun to read logs, ns since the epoch. */
  #logsFrom = 0n

  constructor(config: ContainersConfig) {
    this.#config = config
  }

  async start(context: SourceContext): Promise<void> {
    const { socket } = this.#config
    this.#context = context
    this.#began = BigInt(Math.floor(context.runtime.now())) * 1000n
    const kept = await context.load(keptPlace)
    this.#last = kept?.since ?? this.#began
    this.#daemon = await daemonVersion(socket)
    await this.#startLogs(kept)
    void daemonEvents(socket, this.#last, this.#abort.signal).then(
      (stream) => this.#follow(stream),
      (error: Error) => this.#ended(error),
    )
    this.#moved()
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    this.#reader?.abandon()
    this.#logs?.stop()
  }

  health(): SourceHealth {
    const details = { daemon: this.#daemon, unreadable: this.#unreadable }
    const logs = this.#logs
    if (logs === undefined) return { state: 'up', details }
    return logs.text.addTo({ state: 'up', details: { ...details, logs: logs.details } })
  }

  /** Those of a container that starts meanwhile come with its event. */
  async #startLogs(kept: KeptPlace | undefined): Promise<void> {
    const { logs: config, socket } = this.#config
    if (config === undefined || this.#abort.signal.aborted) return
    this.#logsFrom = kept?.logsFrom ?? this.#began
    const logs = new ContainerLogs({ socket, config, from: this.#logsFrom }, this.#context, () =>
      this.#moved(),
    )
    this.#logs = logs
    await logs.start(kept?.logs)
  }

  #follow(stream: IncomingMessage): void {
    // The reader ends with the stream, whatever has ended it.
    stream.on('error', () => undefined)
    this.#reader = new LineReader({
      stream,
      runtime: this.#context.runtime,
      maxLine: MAX_LINE,
      take: (line) => this.#take(line),
      over: () => this.#ended(new Error(`${this.#daemon} has ended the stream of events`)),
    })
  }

  #ended(error: Error): void {
    if (!this.#abort.signal.aborted) this.#context.failed(error)
  }

  /** Returns false if the hub accepts no events at present. */
  #take({ bytes, length }: Line): boolean {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
    const event = length > bytes.length ? undefined : parseDaemonEvent(text)
    if (event === undefined) {
      this.#unreadable++
      this.#context.lost(1, 'an event of a container cannot be read')
      return true
    }
    if (event.time === this.#last && this.#lines.has(text)) return true
    if (!this.#attempt(event, text)) return false
    if (event.container !== undefined) this.#logs?.noticed(event.container)
    this.#passed(event.time, text)
    return true
  }

  #attempt(event: DaemonEvent, text: string): boolean {
    return this.#context.attempt(
      () => this.#publish(event),
      () => ({ place: text, raw: text }),
    )
  }

  #publish({ container }: DaemonEvent): boolean {
    if (container === undefined || !this.#config.actions.includes(container.action)) return true
    return this.#context.publish(`${tagSegment(container.name)}/${container.action}`, container)
  }

  #passed(time: bigint, text: string): void {
    if (time < this.#began && ++this.#caughtUp === KEPT_EVENTS)
      this.#context.lost(undefined, `the daemon keeps ${KEPT_EVENTS} events: older ones may be missing`)
    if (time < this.#last) return
    if (time > this.#last) this.#lines.clear()
    this.#last = time
    if (this.#lines.size < MAX_LINES) this.#lines.add(text)
    this.#moved()
  }

  /** One more than the last event, so that a restart does not publish it again. */
  #moved(): void {
    this.#context.moved(() => ({
      since: String(this.#last + (this.#lines.size > 0 ? 1n : 0n)),
      ...(this.#logs && { logsFrom: String(this.#logsFrom), logs: this.#logs.kept() }),
    }))
  }
}

interface KeptPlace {
  readonly since: bigint
  readonly logsFrom: bigint | undefined
  readonly logs: unknown
}

function keptPlace(stored: unknown): KeptPlace {
  const { since, logsFrom, logs } = asFields(stored)
  if (!isNanos(since)) throw new Error('the position has no time')
  return { since: BigInt(since), logsFrom: isNanos(logsFrom) ? BigInt(logsFrom) : undefined, logs }
}

function isNanos(value: unknown): value is string {
  return typeof value === 'string' && /^\d{1,19}$/.test(value)
}
