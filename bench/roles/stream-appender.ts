import { relaxCollector } from '../../src/hub/process/collector-settings.js'
import { serveCalls } from '../harness/child.js'
import { pause, seconds } from '../harness/clock.js'
import { type Appender, bareAppender, engineAppender, libraryAppender } from '../sides/jetstream-clients.js'

export type AppenderKind = 'engine' | 'bare' | 'expecting' | 'library'

export interface StreamAppenderOptions {
  kind: AppenderKind
  address: string
  /** Events that are sent and not acknowledged. */
  window: number
}

export interface AppendRate {
  events: number
  /** Processor time of the client per event, µs. */
  cpu: number
}

/** Events of one append, as a hub has them at this load. */
const BATCH = 32

let options: StreamAppenderOptions
let appender: Appender | undefined
let stored = 0

// As in the hub.
relaxCollector()

serveCalls({
  start(given: StreamAppenderOptions) {
    options = given
  },
  /** Opens the connection, which the other processes of the row do only in their own turns. */
  async open() {
    appender = await open(options)
  },
  async close() {
    await appender?.close()
    appender = undefined
  },
  async measure(warmUp: number, length: number): Promise<AppendRate> {
    const flow = new Flow(appender!, options.kind === 'engine' ? 2 * options.window : options.window)
    flow.begin()
    await pause(warmUp)
    const [startedAt, before, used] = [seconds(), stored, process.cpuUsage()]
    await pause(length)
    const count = stored - before
    const { user, system } = process.cpuUsage(used)
    const events = count / (seconds() - startedAt)
    await flow.end()
    return { events, cpu: (user + system) / count }
  },
})

/** Keeps as many events waiting as are allowed. The engine has its own window, before which some more are waiting. */
class Flow {
  readonly #appender: Appender
  readonly #waitingMost: number
  #waiting = 0
  #isRunning = true
  #isScheduled = false
  #drained = () => {}

  constructor(appender: Appender, waitingMost: number) {
    this.#appender = appender
    this.#waitingMost = waitingMost
  }

  begin(): void {
    this.#fill()
  }

  end(): Promise<void> {
    this.#isRunning = false
    return new Promise((resolve) => {
      this.#drained = resolve
      if (this.#waiting === 0) resolve()
    })
  }

  #fill(): void {
    this.#isScheduled = false
    while (this.#isRunning && this.#waiting + BATCH <= this.#waitingMost) {
      this.#waiting += BATCH
      this.#appender.append(BATCH, (count) => this.#done(count))
    }
  }

  #done(count: number): void {
    stored += count
    this.#waiting -= count
    if (this.#waiting === 0 && !this.#isRunning) this.#drained()
    if (this.#isScheduled || !this.#isRunning) return
    this.#isScheduled = true
    setImmediate(() => this.#fill())
  }
}

function open({ kind, address, window }: StreamAppenderOptions): Promise<Appender> {
  if (kind === 'engine') return engineAppender(address, window, BATCH)
  return kind === 'library' ? libraryAppender(address) : bareAppender(address, kind === 'expecting')
}
