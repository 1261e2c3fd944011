import { readConfigured } from '../../config/secret-file.js'
import { messageOf } from '../../errors/thrown.js'
import type { Cancel } from '../../event/runtime.js'
import {
  type AttachEvents,
  type Attachment,
  type AttachOptions,
  attachDirectly,
  attachPeer,
  openBridge,
} from '../../protocols/sysadm/client/attach.js'
import type { SysadmBridge } from '../../protocols/sysadm/client/bridge.js'
import type { GapEvent, ServerEvent } from '../../protocols/sysadm/client/events.js'
import type { SysadmLogin } from '../../protocols/sysadm/client/login.js'
import { SysadmKey } from '../../protocols/sysadm/client/login-key.js'
import type { Source, SourceContext, SourceHealth } from '../source.js'
import type { SysadmSourceConfig } from './config.js'
import { Positions } from './position.js'
import { Recorder } from './recorder.js'

const TIMEOUT = 25_000
const MAX_MESSAGE = 16 * 2 ** 20
/** Interval at which servers of a bridge that could not be attached are tried again, ms. */
const RETRY_PEERS = 60_000
const HEARTBEAT = 10_000
const AWAY = 'not connected to the server, which keeps no events'

/** Records the events of a SysAdm server, or of all servers of a bridge. */
export class SysadmSource implements Source {
  readonly #config: SysadmSourceConfig
  readonly #aborted = new AbortController()
  readonly #attached = new Map<string, Attachment | 'attaching'>()
  readonly #faults = new Map<string, string>()
  readonly #timers = new Set<Cancel>()
  #context!: SourceContext
  #recorder!: Recorder
  #positions = new Positions()
  #bridge: SysadmBridge | undefined
  #options!: AttachOptions & { bridgeKey?: SysadmKey }

  constructor(config: SysadmSourceConfig) {
    this.#config = config
  }

  async start(context: SourceContext): Promise<void> {
    this.#context = context
    this.#recorder = new Recorder(context)
    this.#positions = (await context.load(Positions.read)) ?? new Positions()
    this.#options = {
      ...(await readFiles(this.#config)),
      url: this.#config.url,
      runtime: context.runtime,
      timeout: TIMEOUT,
      maxMessage: MAX_MESSAGE,
      signal: this.#aborted.signal,
    }
    if (this.#config.bridge) await this.#startBridge()
    else await this.#attach('', (events) => attachDirectly(this.#options, events))
    this.#every(HEARTBEAT, () => this.#beat())
  }

  async stop(): Promise<void> {
    this.#aborted.abort(new Error('the source stops'))
    for (const cancel of this.#timers) cancel()
    for (const each of this.#attached.values()) if (each !== 'attaching') each.close()
    this.#bridge?.close()
    this.#recorder?.stop()
  }

  health(): SourceHealth {
    const servers = [...this.#attached.values()].flatMap((each) =>
      each === 'attaching' ? [] : [each.hostname],
    )
    const waiting = this.#recorder?.waiting ?? 0
    const faults = Object.fromEntries([...this.#faults].slice(0, 10))
    const isWell = waiting === 0 && this.#faults.size === 0
    return {
      state: isWell ? 'up' : 'degraded',
      details: {
        url: this.#config.url,
        servers: servers.sort().slice(0, 100),
        ...(waiting > 0 && { waiting }),
        ...(this.#faults.size > 0 && { faults }),
      },
    }
  }

  // ---- one server

  async #attach(id: string, attach: (events: AttachEvents) => Promise<Attachment>): Promise<void> {
    let host = ''
    const early: (readonly [ServerEvent | GapEvent, boolean])[] = []
    const attachment = await attach({
      event: (event, _size, isRepeat) =>
        host === '' ? void early.push([event, isRepeat]) : this.#take(host, event, isRepeat),
      closed: (reason) => this.#closed(id, host, reason),
    })
    if (this.#aborted.signal.aborted) return attachment.close()
    host = attachment.hostname || this.#config.name
    this.#attached.set(id, attachment)
    for (const [event, isRepeat] of early) this.#take(host, event, isRepeat)
    const { seen } = this.#positions
    const wasKnown = this.#positions.knows(host)
    let hasContinued = true
    for (const name of this.#config.classes) {
      const since = this.#positions.cursor(host, name)
      if (!(await attachment.session.subscribe(name, { since }))) hasContinued = false
    }
    if (!hasContinued && wasKnown) this.#context.lost(undefined, `${host}: ${AWAY}`, seen)
    this.#positions.attached(host)
    this.#beat()
  }

  #closed(id: string, host: string, reason: string): void {
    this.#attached.delete(id)
    if (this.#aborted.signal.aborted) return
    if (this.#config.bridge) this.#context.lost(undefined, `${host}: ${reason}`)
    else this.#context.failed(new Error(reason))
  }

  #take(host: string, event: ServerEvent | GapEvent, isRepeat: boolean): void {
    if (event.class === 'gap') {
      this.#context.lost(event.lost, `${host}: ${event.reason}`)
      return
    }
    if (isRepeat && this.#positions.isLast(host, event)) return
    const take = () => {
      this.#recorder.record(host, event, () => {
        this.#positions.recorded(host, event)
        this.#moved()
      })
      return true
    }
    this.#context.attempt(take, () => ({ raw: event.class }))
  }

  #moved(): void {
    this.#positions.seen = this.#context.runtime.now()
    this.#context.moved(() => this.#positions.write())
  }

  #beat(): void {
    if (this.#recorder.waiting === 0 && this.#attached.size > 0) this.#moved()
  }

  // ---- a bridge

  async #startBridge(): Promise<void> {
    const bridge = await openBridge(this.#options, {
      peers: (event) => {
        this.#take(this.#config.name, event, true)
        this.#attachPeers()
      },
      closed: (reason) => this.#context.failed(new Error(reason)),
    })
    this.#bridge = bridge
    if (this.#aborted.signal.aborted) return bridge.close()
    this.#attachPeers()
    this.#every(RETRY_PEERS, () => this.#attachPeers())
  }

  #attachPeers(): void {
    const bridge = this.#bridge
    if (bridge === undefined || this.#aborted.signal.aborted) return
    for (const id of this.#faults.keys()) if (!bridge.reachable.includes(id)) this.#faults.delete(id)
    for (const id of bridge.reachable) if (!this.#attached.has(id)) void this.#attachPeer(bridge, id)
  }

  async #attachPeer(bridge: SysadmBridge, id: string): Promise<void> {
    this.#attached.set(id, 'attaching')
    try {
      await this.#attach(id, (events) => attachPeer(bridge, id, this.#options.login, events))
      this.#faults.delete(id)
    } catch (error) {
      this.#attached.delete(id)
      this.#faults.set(id, messageOf(error))
      bridge.leave(id)
    }
  }

  #every(ms: number, run: () => void): void {
    const cancel = this.#context.runtime.after(ms, () => {
      this.#timers.delete(cancel)
      run()
      this.#every(ms, run)
    })
    this.#timers.add(cancel)
  }
}

async function readFiles({
  tls,
  login,
}: SysadmSourceConfig): Promise<Pick<AttachOptions, 'tls' | 'login'> & { bridgeKey?: SysadmKey }> {
  const read = async (path: string) => readConfigured(path).toString()
  const { fingerprints, ca, serverName, insecure } = tls
  return {
    login: await readLogin(login, read),
    ...(login.bridgeKey !== undefined && { bridgeKey: new SysadmKey(await read(login.bridgeKey)) }),
    tls: {
      insecure,
      serverName,
      ...(fingerprints.length > 0 && { fingerprint: fingerprints }),
      ...(ca !== undefined && { ca: await read(ca) }),
    },
  }
}

async function readLogin(
  { key, user = '', passwordFile = '' }: SysadmSourceConfig['login'],
  read: (path: string) => Promise<string>,
): Promise<SysadmLogin> {
  if (key !== undefined) return { key: new SysadmKey(await read(key)) }
  return { username: user, password: (await read(passwordFile)).replace(/\r?\n$/, '') }
}
