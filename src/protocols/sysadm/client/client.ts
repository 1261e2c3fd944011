import { randomBytes } from 'node:crypto'
import { asError, messageOf } from '../../../errors/thrown.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { scatteredPause } from '../../../event/retry-pause.js'
import type { Cancel, Runtime } from '../../../event/runtime.js'
import { unlessAborted } from './abort.js'
import {
  type AttachEvents,
  type Attachment,
  type AttachOptions,
  attachDirectly,
  attachThroughBridge,
} from './attach.js'
import { Dispatcher, KeySettings, type LogEntries, type LogsAsked, readLogs, readQuery } from './calls.js'
import type { SysadmEvents } from './event-queue.js'
import type { GapEvent, ServerEvent, SysadmSubscription } from './events.js'
import { type SysadmLogin, toKey } from './login.js'
import type { SysadmKey } from './login-key.js'
import { isRefusal } from './requests.js'
import { type JobStep, liveJobId, type RunJobOptions, runJob } from './run-job.js'
import type { SubscribeFrom, SysadmIdentity } from './session.js'
import { Subscriptions } from './subscriptions.js'
import type { SysadmTls } from './tls.js'

export interface SysadmClientOptions {
  /** `wss://<host>:<port>`; the port is 12150 by default, or 12149 with `bridge`. */
  url: string
  login: SysadmLogin
  tls?: SysadmTls
  /** The address is that of a bridge. */
  bridge?: boolean | ThroughBridge
  /** Connects again when the connection is lost. Default true. */
  reconnect?: boolean
  /** Time to connect and for each answer, ms. Default 30,000. */
  timeout?: number
  /** Largest message of the server, bytes. Default 16 MiB. */
  maxMessage?: number
  /** Events that wait to be taken, of each subscription. Default 10,000. */
  maxPending?: number
  /** Ends the attempt to connect. */
  signal?: AbortSignal
  onStatus?: (status: SysadmStatus) => void
  runtime?: Runtime
}

export interface ThroughBridge {
  /** The name or the id of one of its servers; without it there may be only one. */
  host?: string
  /** The key with which the bridge knows this client, if it is not that of `login`. */
  key?: SysadmKey | string
}

export type SysadmStatus =
  | { status: 'connected'; hostname: string }
  | { status: 'reconnecting'; reason: string }
  | { status: 'closed'; reason: string }

export interface SubscribeOptions extends SubscribeFrom {
  /** Ends the loop with the reason of the signal. */
  signal?: AbortSignal
}

export interface AskOptions {
  signal?: AbortSignal
  /** Time for the answer, ms. Default: that of the client. */
  timeout?: number
}

const TIMEOUT = 30_000
const MAX_MESSAGE = 16 * 2 ** 20
const MAX_PENDING = 10_000
const PAUSES = { first: 1_000, longest: 60_000 }
const AWAY = 'not connected to the server'
const NO_PAST = 'the server has no events of the past from there on'

/**
 * Connects to a SysAdm server, genuine or of a hub, and logs in. Rejects with TCN_SYSADM_CONNECT, …_CERTIFICATE,
 * …_LOGIN, …_TIMEOUT or …_PEER.
 *
 * @example
 * await using nas = await connectSysadm({
 *   url: 'wss://nas1.example',
 *   tls: { fingerprint: 'C0:FF:EE…' },
 *   login: { key: readFileSync('sysadm.key', 'utf8') },
 * })
 * for await (const event of await nas.subscribe(['system-state'])) console.log(event)
 */
export async function connectSysadm(options: SysadmClientOptions): Promise<SysadmClient> {
  const client = new SysadmClient(options)
  await client[open]()
  return client
}

const open = Symbol('open')

/**
 * A server that stays attached until `close`.
 *
 * @example
 * const login = { key: readFileSync('sysadm.key', 'utf8') }
 * await using nas = await connectSysadm({ url: 'wss://nas1.example', login })
 * console.log(nas.hostname, await nas.query())
 */
export class SysadmClient implements AsyncDisposable {
  readonly dispatcher: Dispatcher
  readonly keys: KeySettings
  readonly #options: SysadmClientOptions
  readonly #runtime: Runtime
  readonly #subscriptions: Subscriptions
  #attachment: Attachment | undefined
  #hostname = ''
  #failures = 0
  #again: Cancel | undefined
  #closed: string | undefined

  /** Use `connectSysadm`. */
  constructor(options: SysadmClientOptions) {
    const { runtime = processRuntime, maxPending = MAX_PENDING, maxMessage = MAX_MESSAGE } = options
    this.#options = options
    this.#runtime = runtime
    this.#subscriptions = new Subscriptions(
      { events: maxPending, characters: 4 * maxMessage },
      (name) => void this.#attachment?.session.unsubscribe(name).catch(() => {}),
    )
    const ask = (namespace: string, name: string, args: unknown) => this.ask(namespace, name, args)
    this.dispatcher = new Dispatcher(ask)
    this.keys = new KeySettings(ask)
  }

  /** As the server calls itself. */
  get hostname(): string {
    return this.#hostname
  }

  get isConnected(): boolean {
    return this.#attachment !== undefined
  }

  /** Token with which further connections can log in while it is in use; undefined while not connected. */
  get token(): string | undefined {
    return this.#attachment?.session.token
  }

  /**
   * Any request. Resolves with the arguments of the answer. Rejects with TCN_SYSADM_REFUSED, …_TIMEOUT, …_BUSY or
   * …_CLOSED, or the reason of the signal; then the server may still carry it out.
   *
   * @example
   * await nas.ask('sysadm', 'zfs', { action: 'list_pools' }, { timeout: 5_000 })
   */
  async ask(
    namespace: string,
    name: string,
    args: unknown = '',
    { signal, timeout }: AskOptions = {},
  ): Promise<unknown> {
    signal?.throwIfAborted()
    const attachment = this.#attached()
    try {
      return await unlessAborted(attachment.session.ask(namespace, name, args, timeout), signal)
    } catch (error) {
      // The login has ended on the server. Connecting again logs in again.
      if (isRefusal(error, '401') && this.#attachment === attachment) this.#lost(messageOf(error))
      throw error
    }
  }

  identify(): Promise<SysadmIdentity> {
    return this.#attached().session.identify()
  }

  /** The classes that the server has for this user, with `read` or `read/write`. */
  query(): Promise<Record<string, string>> {
    return readQuery((namespace, name, args) => this.ask(namespace, name, args))
  }

  /**
   * The entries of the logs in a range of time.
   *
   * @example
   * const { hostinfo } = await nas.logs({ logs: ['hostinfo'], from: new Date(Date.now() - 3_600_000) })
   */
  logs(asked: LogsAsked = {}): Promise<LogEntries> {
    const ask = (namespace: string, name: string, args: unknown) => this.ask(namespace, name, args)
    return readLogs(ask, asked, this.#runtime.now() / 1000)
  }

  /**
   * Events of these classes, in order, with those of the bridge. The last event of `life-preserver` and
   * `system-state` comes first, if there is one. A `gap` says where events are missing: a genuine server keeps none
   * while the connection is lost. Ends with `close` or when the loop is left.
   *
   * `since` and `filter` need a hub as the server; a `gap` says that there is no past.
   *
   * @example
   * for await (const event of await nas.subscribe(['system-state'], { signal: AbortSignal.timeout(60_000) })) {
   *   if (event.class === 'system-state') console.log(event.hostname, event.priority?.word)
   *   if (event.class === 'gap') console.warn(event.reason)
   * }
   */
  async subscribe(
    classes: readonly SysadmSubscription[],
    options: SubscribeOptions = {},
  ): Promise<SysadmEvents> {
    const { signal, ...from } = options
    signal?.throwIfAborted()
    const { session } = this.#attached()
    const added = this.#subscriptions.add(classes, from)
    try {
      for (const name of added.fresh) {
        const hasContinued = await session.subscribe(name, from)
        if (!hasContinued && from.since !== undefined) this.#subscriptions.missed(name, NO_PAST)
      }
    } catch (error) {
      // Classes that were lost with the connection are subscribed when it is back.
      if (!TocsinError.is(error, 'TCN_SYSADM_CLOSED') || this.#closed !== undefined) {
        void added.queue.return()
        throw error
      }
    }
    if (signal !== undefined) added.queue.obey(signal)
    return added.queue
  }

  /**
   * Runs commands one after the other as a job, and yields its output until it has ended: that is the last step.
   *
   * A server reports the output of most jobs at their end. Without an `id` of your own, the job gets one of those whose
   * output is reported as it comes.
   *
   * Leaving the loop does not end the job; `dispatcher.kill` does.
   *
   * @example
   * for await (const step of nas.runJob(['zpool scrub tank', 'zpool status tank'])) {
   *   if (step.kind === 'output') process.stdout.write(step.text)
   *   if (step.kind === 'ended') console.log(step.returnCodes)
   * }
   */
  runJob(commands: readonly string[], options: RunJobOptions = {}): AsyncGenerator<JobStep, void> {
    return runJob(this, commands, { id: liveJobId(this.#runtime), ...options })
  }

  /** Ends the login on every connection that shares its token, and closes. */
  async logOut(): Promise<void> {
    this.#attachment?.session.logOut()
    await this.close()
  }

  /** Ends waiting calls with TCN_SYSADM_CLOSED, and all loops over events. */
  async close(): Promise<void> {
    this.#end('this side has closed the connection')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async [open](): Promise<void> {
    await this.#attach(this.#options.signal)
  }

  #attached(): Attachment {
    if (this.#attachment !== undefined) return this.#attachment
    throw new TocsinError('TCN_SYSADM_CLOSED', this.#closed ?? AWAY)
  }

  async #attach(signal?: AbortSignal): Promise<void> {
    const {
      url,
      login,
      tls = {},
      bridge = false,
      timeout = TIMEOUT,
      maxMessage = MAX_MESSAGE,
    } = this.#options
    const options: AttachOptions = { url, login, tls, timeout, maxMessage, runtime: this.#runtime, signal }
    const events: AttachEvents = {
      event: (event, size, isRepeat) => this.#deliver(event, size, isRepeat),
      closed: (reason) => this.#lost(reason),
    }
    const { host, key }: ThroughBridge = typeof bridge === 'object' ? bridge : {}
    const attachment = bridge
      ? await attachThroughBridge(
          { ...options, host, bridgeKey: key === undefined ? undefined : toKey(key) },
          events,
        )
      : await attachDirectly(options, events)
    if (this.#closed !== undefined) {
      attachment.close()
      throw new TocsinError('TCN_SYSADM_CLOSED', this.#closed)
    }
    this.#attachment = attachment
    this.#hostname = attachment.hostname
    this.#options.onStatus?.({ status: 'connected', hostname: attachment.hostname })
  }

  #deliver(event: ServerEvent | GapEvent, size: number, isRepeat: boolean): void {
    this.#subscriptions.deliver(event, size, isRepeat)
  }

  #lost(reason: string): void {
    const attachment = this.#attachment
    if (attachment === undefined || this.#closed !== undefined) return
    this.#attachment = undefined
    attachment.close()
    if (this.#options.reconnect === false) {
      this.#end(reason, new TocsinError('TCN_SYSADM_CLOSED', reason))
      return
    }
    this.#options.onStatus?.({ status: 'reconnecting', reason })
    this.#tryLater()
  }

  #tryLater(): void {
    const pause = scatteredPause(++this.#failures, PAUSES, this.#runtime)
    this.#again = this.#runtime.after(pause, () => void this.#retry())
  }

  async #retry(): Promise<void> {
    try {
      await this.#attach()
      await this.#subscribeAgain()
      this.#failures = 0
    } catch (error) {
      if (this.#closed !== undefined) return
      // Trying a wrong password again and again would get this address refused.
      if (isFinal(error)) this.#end(messageOf(error), asError(error))
      else if (this.#attachment === undefined) this.#tryLater()
      else this.#lost(messageOf(error))
    }
  }

  async #subscribeAgain(): Promise<void> {
    const { session } = this.#attached()
    for (const { name, from } of this.#subscriptions.wanted()) {
      const hasContinued = await session.subscribe(name, from)
      if (!hasContinued) this.#subscriptions.missed(name, AWAY)
    }
  }

  #end(reason: string, error?: Error): void {
    if (this.#closed !== undefined) return
    this.#closed = reason
    this.#again?.()
    const attachment = this.#attachment
    this.#attachment = undefined
    attachment?.close()
    this.#subscriptions.end(error)
    this.#options.onStatus?.({ status: 'closed', reason })
  }
}

function isFinal(error: unknown): boolean {
  return ['TCN_SYSADM_LOGIN', 'TCN_SYSADM_CERTIFICATE', 'TCN_SYSADM_ADDRESS', 'TCN_SYSADM_KEY'].includes(
    TocsinError.is(error) ? error.code : '',
  )
}

/** Clock and timers of this process. Timers keep it alive, so that a client that connects again is not cut short. */
const processRuntime: Runtime = {
  now: () => Date.now() * 1000,
  monotonic: () => performance.now(),
  processorTime() {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000
  },
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
  soon: (run) => void setImmediate(run),
  random: (bytes) => randomBytes(bytes),
}
