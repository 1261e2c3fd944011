import { messageOf } from '../../../errors/thrown.js'
import type { Cancel, Runtime } from '../../../event/runtime.js'
import type { HubLog } from '../../../hub/own-log/hub-log.js'
import { runProgram } from '../../../processes/run-program.js'

/** The variables of sd_notify(3) and sd_watchdog_enabled(3). */
const VARIABLES = ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID'] as const
const STOPPING = 'STOPPING=1'
const TIMEOUT_MS = 10_000
/** A hub that stands still for longer than the watchdog waits is ended; half of that leaves time for one message. */
const WATCHDOG_SHARE = 0.5

/**
 * Tells systemd, or whoever started the hub as systemd does, how the hub is. Node has no datagram sockets of the unix
 * domain, so that `systemd-notify` sends the messages, one after the other.
 */
export class ServiceManager {
  readonly #runtime: Pick<Runtime, 'after'>
  readonly #log: HubLog
  readonly #environment: NodeJS.ProcessEnv
  /** ms; 0: nobody watches. */
  readonly #interval: number
  #last: Promise<void> = Promise.resolve()
  #watchdog: Cancel | undefined
  /** A sign of life is on its way. */
  #isTelling = false
  #hasFailed = false

  private constructor(env: NodeJS.ProcessEnv, runtime: Pick<Runtime, 'after'>, log: HubLog) {
    this.#runtime = runtime
    this.#log = log
    this.#environment = { NOTIFY_SOCKET: env.NOTIFY_SOCKET, PATH: env.PATH ?? '/usr/bin:/bin' }
    const isWatched = env.WATCHDOG_PID === undefined || Number(env.WATCHDOG_PID) === process.pid
    this.#interval = isWatched ? (Number(env.WATCHDOG_USEC ?? 0) / 1000) * WATCHDOG_SHARE : 0
  }

  /** Undefined if nobody listens. Programs that the hub starts do not inherit the variables. */
  static of(
    env: NodeJS.ProcessEnv,
    runtime: Pick<Runtime, 'after'>,
    log: HubLog,
  ): ServiceManager | undefined {
    if (!env.NOTIFY_SOCKET) return undefined
    const manager = new ServiceManager(env, runtime, log)
    for (const name of VARIABLES) delete env[name]
    return manager
  }

  ready(): void {
    this.#send('READY=1')
    if (this.#interval > 0) this.#watch()
  }

  reloading(): void {
    this.#send('RELOADING=1', 'STATUS=reloading')
  }

  reloaded(): void {
    this.#send('READY=1', 'STATUS=')
  }

  /** The watchdog goes on: a hub that hangs while it stops is ended too. */
  stopping(): void {
    this.#send(STOPPING)
  }

  close(): void {
    this.#watchdog?.()
  }

  /** A timer of the event loop: if that stands still, no message is sent. */
  #watch(): void {
    this.#watchdog = this.#runtime.after(this.#interval, () => {
      this.#sendAlive()
      this.#watch()
    })
  }

  /** Where programs start slowly, signs of life must not keep back everything else. */
  #sendAlive(): void {
    if (this.#isTelling) return
    this.#isTelling = true
    this.#send('WATCHDOG=1')
    void this.#last.then(() => {
      this.#isTelling = false
    })
  }

  #send(...messages: string[]): void {
    this.#last = this.#last.then(() => this.#run(messages))
  }

  async #run(messages: string[]): Promise<void> {
    const options = { env: this.#environment, timeout: TIMEOUT_MS }
    try {
      const { code, signal, message } = await runProgram('systemd-notify', messages, options)
      // systemd, which stops the service, ends this program too.
      const isEnded = messages[0] === STOPPING && signal === 'SIGTERM'
      if (code !== 0 && !isEnded) this.#failed(messages[0], message.trim() || `exit code ${code}`)
    } catch (error) {
      this.#failed(messages[0], messageOf(error))
    }
  }

  #failed(message: string, reason: string): void {
    if (this.#hasFailed) return
    this.#hasFailed = true
    this.#log.write('warn', `the service manager cannot be told ${message}: ${reason}`)
  }
}
