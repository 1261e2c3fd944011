import type { IncomingMessage } from 'node:http'
import { messageOf } from '../../../errors/thrown.js'
import type { Cancel, Runtime } from '../../../event/runtime.js'
import { joinerOf } from '../../text/record-joiner.js'
import { StreamReader } from '../../text/stream-reader.js'
import type { ContainerLogsConfig } from '../config.js'
import { containerLog, containerState } from '../daemon.js'
import { ContainerLines, type ContainerRecord, type LogPlaces } from './lines.js'
import { FramedPieces, TerminalPieces } from './pieces.js'

/** A container, as events and lists name it. */
export interface ContainerName {
  readonly id: string
  readonly name: string
  readonly image: string | undefined
}

export interface ContainerLogOptions {
  readonly socket: string
  readonly container: ContainerName
  readonly config: ContainerLogsConfig
  readonly runtime: Runtime
  /** The places up to which it was published before. */
  readonly after: LogPlaces
  /** ns since the epoch, from when on lines are wanted. */
  readonly since: bigint
  /** Returns false if the hub accepts no events at present. */
  take(record: ContainerRecord): boolean
  /** Called once when there is nothing more; `fault`: why. */
  over(fault: string | undefined): void
}

/** Reads the log of one container until it ends. */
export class ContainerFollower {
  readonly container: ContainerName
  readonly #options: ContainerLogOptions
  readonly #abort = new AbortController()
  #reader: StreamReader<ContainerRecord> | undefined
  #wait: Cancel | undefined

  constructor(options: ContainerLogOptions) {
    this.#options = options
    this.container = options.container
    void this.#open().catch((thrown: unknown) => this.#over(messageOf(thrown)))
  }

  /** True if the daemon sends the log. */
  get isOpen(): boolean {
    return this.#reader !== undefined
  }

  stop(): void {
    this.#abort.abort()
    this.#wait?.()
    this.#reader?.abandon()
  }

  async #open(): Promise<void> {
    const { socket, container, since } = this.#options
    const { signal } = this.#abort
    const { hasTerminal } = await containerState(socket, container.id)
    const stream = await containerLog(socket, container.id, since, signal)
    if (!signal.aborted) this.#follow(stream, hasTerminal)
  }

  #follow(stream: IncomingMessage, isTerminal: boolean): void {
    const { config, runtime, after, take } = this.#options
    const { maxLine } = config
    const pieces = isTerminal ? new TerminalPieces(maxLine) : new FramedPieces()
    const lines = new ContainerLines({
      pieces,
      maxLine,
      joiner: joinerOf({ multiline: config.multiline }),
      after,
    })
    // The reader ends with the stream, whatever has ended it.
    stream.on('error', () => undefined)
    const reader = new StreamReader<ContainerRecord>({
      stream,
      runtime,
      splitter: {
        feed: (chunk) => lines.feed(chunk),
        next: () => this.#sound(() => lines.next()),
        // The end of a line that is cut off comes when the log is read again.
        rest: () => (stream.complete ? this.#sound(() => lines.rest()) : undefined),
      },
      take,
      drained: () => this.#flushLater(lines),
      over: () => this.#over(stream.complete ? undefined : 'the daemon has cut it off'),
    })
    this.#reader = reader
  }

  /** Bytes that make no sense end the log. */
  #sound(read: () => ContainerRecord | undefined): ContainerRecord | undefined {
    try {
      return read()
    } catch (thrown) {
      this.stop()
      this.#over(messageOf(thrown))
      return undefined
    }
  }

  #flushLater(lines: ContainerLines): void {
    this.#wait?.()
    const { wait } = lines
    if (wait === undefined) return
    this.#wait = this.#options.runtime.after(wait, () => {
      const reader = this.#reader
      if (reader === undefined || reader.waits) return
      const record = lines.flush()
      if (record !== undefined) reader.add(record)
      this.#flushLater(lines)
    })
  }

  #over(fault: string | undefined): void {
    this.#wait?.()
    if (!this.#abort.signal.aborted || fault !== undefined) this.#options.over(fault)
  }
}
