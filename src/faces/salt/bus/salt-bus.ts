import type { Server, Socket } from 'node:net'
import { dirname } from 'node:path'
import type { BusApi, PublisherApi, SubscriptionApi } from '../../../bus/api.js'
import type { Principal } from '../../../bus/principal.js'
import type { Sink } from '../../../bus/sink.js'
import { type ErrorCode, TocsinError } from '../../../errors/tocsin-error.js'
import { WIDEST_LIMITS } from '../../../event/check.js'
import { nextTurn, type Runtime } from '../../../event/runtime.js'
import { TimeAtOnce } from '../../../incremental/time-at-once.js'
import { portOf } from '../../../parts/bound-port.js'
import { sharedEchoes } from '../../../protocols/salt/codec/echoes.js'
import type { Budgets } from '../../shared/budget.js'
import { withFolderLock } from '../../shared/folder-lock.js'
import { BodyPublisher } from './body-publisher.js'
import { type DropReport, DropReporter } from './drop-reporter.js'
import {
  claimFolder,
  claimSaltSocket,
  listenOnPort,
  listenOnSocket,
  SaltListener,
  type SocketPlace,
} from './listener.js'
import { type PubHost, PubPeer } from './pub-peer.js'
import { type PullHost, PullPeer } from './pull-peer.js'
import { SaltFormat } from './salt-format.js'

export interface SaltBusOptions {
  bus: BusApi
  runtime: Runtime
  /** The principal of all peers of this bus. Its source is the source attribute of the bus's events. */
  principal: Principal
  sockets?: { pub: SocketPlace; pull: SocketPlace }
  /** Ports on the loopback address. */
  tcp?: { pub: number; pull: number }
  maxLag: { bytes: number; age: number }
  maxFrame: number
  /** Budgets that all faces share. */
  budgets: Budgets
  /** Called with the reason when a connection is refused or a subscriber is closed. */
  refused(error: TocsinError, peer: { principal: string; listener: string }): void
  dropped(report: DropReport & { source: string }): void
}

/**
 * An event bus with Salt's sockets: frames that publishers write to the pull sockets become events of the hub, and
 * subscribers on the pub sockets receive events as Salt's frames. There is no handshake, and publishers receive no
 * answer.
 */
export class SaltBus implements PullHost, PubHost {
  readonly intake: BodyPublisher
  readonly drops: DropReporter
  readonly maxFrame: number
  readonly #options: SaltBusOptions
  readonly #reading: TimeAtOnce
  readonly #format: SaltFormat
  readonly #publisher: PublisherApi
  readonly #doors: readonly SaltListener[]
  #draining = false
  #isLeaving = false
  /** True if the time for reading in this turn of the event loop is over. */
  #isResting = false
  #whenEmpty: (() => void) | undefined

  constructor(options: SaltBusOptions) {
    const { bus, principal, runtime, maxFrame } = options
    this.#options = options
    this.maxFrame = maxFrame
    this.#reading = new TimeAtOnce(runtime)
    this.#format = new SaltFormat(principal.source, sharedEchoes(runtime))
    this.drops = new DropReporter(runtime, (report) =>
      options.dropped({ ...report, source: principal.source }),
    )
    this.#publisher = bus.publisher(principal, {
      limits: { ...WIDEST_LIMITS, frame: maxFrame },
      events: {
        accepted() {},
        durable() {},
        refused: (_counter, error) => this.drops.add(error.code, error.message),
        gateDone() {},
        resumed: () => this.#resume(),
        closed: () => this.#stopReading(),
      },
    })
    this.intake = new BodyPublisher(this.#publisher, principal.source, this.drops)
    this.#doors = this.#makeDoors()
  }

  /** `salt/<name>` */
  get source(): string {
    return this.#options.principal.source
  }

  /** The listeners of the bus. */
  get listeners(): readonly SaltListener[] {
    return this.#doors
  }

  /** Events dropped since the start, by reason. */
  get dropped(): ReadonlyMap<ErrorCode, number> {
    return this.drops.totals
  }

  /** Opens all listeners. If one of them fails, rejects and closes those that are already open. */
  async listen(): Promise<void> {
    try {
      await this.bind()
    } catch (error) {
      await this.close()
      throw error
    }
  }

  /** Frees all addresses, and keeps the connections. */
  unbind(): void {
    for (const { binding } of this.#doors) binding.unbind()
  }

  /** Listens at all addresses at which it does not listen yet. */
  async bind(): Promise<void> {
    const { sockets, runtime } = this.#options
    const [first] = this.#doors
    if (sockets !== undefined && !first.server.listening) {
      const folder = dirname(sockets.pub.path)
      claimFolder(folder)
      await withFolderLock(folder, runtime, async () => {
        for (const { path } of [sockets.pub, sockets.pull]) await claimSaltSocket(path)
        await this.#bindDoors()
      })
    }
    await this.#bindDoors()
  }

  /** Accepts no new publishers. Reads what the connected publishers have sent so far, and nothing after it. */
  async drain(): Promise<void> {
    this.#isLeaving = true
    this.#isResting = false
    this.#resume()
    for (const door of this.#doors) if (door.kind === 'pull') door.close()
    for (let turn = 0; turn < TURNS_TO_READ; turn++) await nextTurn(this.#options.runtime)
    this.#stopReading()
  }

  /** Closes all connections. Called after the bus has notified all subscribers; their pending output is still sent. */
  async close(): Promise<void> {
    this.#stopReading()
    this.drops.close()
    this.#publisher.close()
    const { runtime } = this.#options
    const closed = this.#doors.map((door) => door.close())
    for (const { socket } of this.#peers('pull')) socket.destroy()
    for (const { socket } of this.#peers('pub')) socket.end()
    const forced = runtime.after(CLOSE_TIMEOUT, () => {
      for (const { socket } of this.#peers('pub')) socket.destroy()
    })
    await new Promise<void>((done) => {
      this.#whenEmpty = done
      this.#checkEmpty()
    })
    forced()
    await Promise.all(closed)
  }

  // ---- for the peers

  get paused(): boolean {
    return this.#draining || this.#isResting || this.#publisher.paused
  }

  countHalfReceived(change: number): boolean {
    return this.#options.budgets.countHalfReceived(change)
  }

  subscribe(sink: Sink, label: string): Promise<SubscriptionApi> {
    const { bus, principal, maxLag } = this.#options
    return bus.subscribe(principal, { label, format: this.#format, lag: 'catch-up', maxLag }, sink)
  }

  end(socket: Socket): void {
    socket.end()
    this.#options.runtime.after(CLOSE_TIMEOUT, () => socket.destroy())
  }

  closed(error: TocsinError, listener: string): void {
    this.#options.refused(error, { principal: this.#options.principal.name, listener })
  }

  /** A bus that stops continues to read, and waits only a few turns for all that has arrived. */
  restIfNoTime(): void {
    if (this.#isResting || this.#isLeaving || this.#reading.isLeft) return
    this.#isResting = true
    // The bytes of other publishers arrive in the same turn.
    for (const { socket } of this.#peers('pull')) socket.pause()
    this.#options.runtime.soon(() => {
      this.#isResting = false
      this.#resume()
    })
  }

  left(peer: PullPeer | PubPeer): void {
    peer.listener.peers.delete(peer)
    this.#checkEmpty()
  }

  // ---- connections

  /** The pub sockets first, so that early subscribers miss no events. */
  #makeDoors(): SaltListener[] {
    const { sockets, tcp } = this.#options
    const kinds = ['pub', 'pull'] as const
    return [
      ...kinds.flatMap((kind) =>
        sockets === undefined ? [] : this.#door(kind, (server) => listenOnSocket(server, sockets[kind])),
      ),
      ...kinds.flatMap((kind) => (tcp === undefined ? [] : this.#portDoor(kind, tcp[kind]))),
    ]
  }

  #portDoor(kind: SaltListener['kind'], asked: number): SaltListener {
    let port = asked
    return this.#door(kind, async (server) => {
      const address = await listenOnPort(server, port)
      port = portOf(server, port)
      return address
    })
  }

  #door(kind: SaltListener['kind'], listen: (server: Server) => Promise<string>): SaltListener {
    const door: SaltListener = new SaltListener(kind, listen, (socket) => this.#accept(socket, door))
    return door
  }

  async #bindDoors(): Promise<void> {
    for (const { binding } of this.#doors) await binding.bind()
  }

  #accept(socket: Socket, door: SaltListener): void {
    const { budgets } = this.#options
    if (!budgets.takeConnection(door.address.startsWith('unix:'))) {
      socket.destroy()
      this.closed(new TocsinError('TCN_PROTOCOL_TOO_MANY', 'too many connections'), door.address)
      return
    }
    socket.once('close', () => budgets.releaseConnection())
    door.peers.add(door.kind === 'pull' ? new PullPeer(this, door, socket) : new PubPeer(this, door, socket))
  }

  get #connections(): number {
    return this.#doors.reduce((sum, door) => sum + door.peers.size, 0)
  }

  #peers(kind: SaltListener['kind']) {
    return this.#doors.flatMap((door) => (door.kind === kind ? [...door.peers] : []))
  }

  #checkEmpty(): void {
    if (this.#connections === 0) this.#whenEmpty?.()
  }

  #resume(): void {
    if (this.paused) return
    for (const { socket } of this.#peers('pull')) socket.resume()
  }

  #stopReading(): void {
    this.#draining = true
    for (const { socket } of this.#peers('pull')) socket.pause()
  }
}

/** Time that a connection that the hub ends may take to read its remaining output, ms. */
const CLOSE_TIMEOUT = 5000
/**
 * After this many turns of the event loop, everything that the system had buffered when the stop began has been read.
 */
const TURNS_TO_READ = 3
