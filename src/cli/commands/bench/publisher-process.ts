import { type ErrorCode, TocsinError } from '../../../errors/tocsin-error.js'
import { type ChildProcess, startChild } from '../../../processes/start-child.js'
import type { HubOptions } from '../../help/options.js'
import { ownProgram } from '../../own-program.js'
import type { FromPublisher, PublisherTask, ToPublisher } from './messages.js'

/** A publisher in a process of its own, so that publishing and receiving do not share a processor. */
export class PublisherProcess {
  sent = 0
  /** Until the last event was accepted, ms. */
  took = 0
  readonly ready: Promise<void>
  readonly done: Promise<void>
  readonly #child: ChildProcess
  readonly #exited: Promise<void>

  constructor(options: HubOptions) {
    const [file, ...words] = ownProgram()
    // In a group of its own: Ctrl-C is for the command, which then tells its publishers. They end with the channel.
    this.#child = startChild(file, [...words, 'bench', '--as-publisher', ...hubWords(options)], {
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    this.#exited = new Promise((resolve) => this.#child.once('exit', () => resolve()))
    this.ready = this.#reaches('ready')
    this.done = this.#reaches('done')
    this.#child.on('message', (message: FromPublisher) => {
      if ('sent' in message) this.sent = message.sent
      if (message.state === 'done') this.took = message.took
    })
  }

  start(task: PublisherTask): void {
    this.#say({ start: task })
  }

  /** Publishes no further event; `done` follows when all are accepted. */
  stop(): void {
    this.#say({ stop: true })
  }

  async end(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect()
    this.#child.kill('SIGKILL')
    if (this.#child.pid !== undefined) await this.#exited
  }

  #reaches(state: FromPublisher['state']): Promise<void> {
    const reached = new Promise<void>((resolve, reject) => {
      this.#child.once('error', reject)
      this.#child.once('exit', (code, signal) =>
        reject(new TocsinError('TCN_INTERNAL', `a publisher of the bench ended with ${signal ?? code}`)),
      )
      this.#child.on('message', (message: FromPublisher) => {
        if (message.state === state) resolve()
        if (message.state === 'failed') reject(new TocsinError(message.code as ErrorCode, message.message))
      })
    })
    // Nobody may be waiting any more when it fails.
    reached.catch(() => {})
    return reached
  }

  #say(message: ToPublisher): void {
    if (this.#child.connected) this.#child.send(message, () => {})
  }
}

function hubWords({ socket, url, context, timeout }: HubOptions): string[] {
  const given = { socket, url, context, timeout: timeout === undefined ? undefined : `${timeout}ms` }
  return Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value]))
}
