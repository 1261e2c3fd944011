import { asError } from '../../errors/thrown.js'
import type { Cancel } from '../../event/runtime.js'
import {
  type Address,
  constants,
  type LinuxEventName,
  notificationEvent,
  notificationName,
  type Received,
  type SctpMessage,
  type SctpNotice,
  SctpSocket,
  SctpSocketError,
} from '../../protocols/sctp/index.js'
import { bytesWithin, EVENT_OVERHEAD_BYTES } from '../../protocols/sctp/notifications/event.js'
import type { Source, SourceContext, SourceHealth } from '../source.js'
import { type Associations, type PeerPath, peerPath } from './associations.js'
import type { SctpSourceConfig } from './config.js'
import { LongMessages } from './long-messages.js'

const { linux } = constants

/** The list of associations is made from these notifications, even if they do not become events. */
const watched = [
  'SCTP_ASSOC_CHANGE',
  'SCTP_PEER_ADDR_CHANGE',
  'SCTP_SHUTDOWN_EVENT',
  'SCTP_REMOTE_ERROR',
  'SCTP_SEND_FAILED_EVENT',
  'SCTP_PARTIAL_DELIVERY_EVENT',
] as const satisfies LinuxEventName[]

const RETRY_MS = 20
/** Maximum number of one-to-one sockets. The kernel lets further connections wait, up to the backlog. */
const MAX_SOCKETS = 1024

/** Publishes the kernel's notifications of the associations of a socket. */
export class SctpSource implements Source {
  readonly #config: SctpSourceConfig
  readonly #associations: Associations
  readonly #published: ReadonlySet<string>
  readonly #sockets = new Set<SctpSocket>()
  readonly #longMessages = new LongMessages()
  #context!: SourceContext
  #started: { resolve(): void; reject(error: Error): void } | undefined
  #waits = new Set<{ cancel: Cancel; resolve: () => void }>()
  #stopped = false
  #dropped = 0

  constructor(config: SctpSourceConfig, associations: Associations) {
    this.#config = config
    this.#associations = associations
    this.#published = new Set(config.events)
  }

  async start(context: SourceContext): Promise<void> {
    this.#context = context
    this.#associations.now = () => context.runtime.now()
    const socket = this.#open()
    if (this.#config.connect !== undefined) return this.#connect(socket, this.#config.connect)
    socket.listen()
    if (this.#config.style === 'oneToOne') void this.#accept(socket)
    else void this.#follow(socket)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    for (const socket of this.#sockets) socket.close()
    this.#associations.endAll()
    for (const { cancel, resolve } of this.#waits) {
      cancel()
      resolve()
    }
    this.#started?.reject(new Error('stopped'))
  }

  health(): SourceHealth {
    const { alive, unlisted } = this.#associations
    return {
      state: this.#waits.size === 0 ? 'up' : 'degraded',
      reason: this.#waits.size === 0 ? undefined : 'a socket failed, and is opened again after a pause',
      details: { associations: alive, ...(unlisted > 0 && { unlisted }), messagesDropped: this.#dropped },
    }
  }

  // ---- sockets

  #open(): SctpSocket {
    const { style, events, listen, connect, init, data } = this.#config
    const own = listen ?? connect?.from
    const all = [...(own?.addresses ?? []), ...(connect?.addresses ?? [])]
    const family = all.every((address) => !address.includes(':')) ? 'ipv4' : 'ipv6'
    const socket = new SctpSocket({
      family,
      style,
      // Subscribed from the beginning, so that no notification is missed.
      events: [...new Set([...watched, ...events])],
      maxMessage: data?.maxBytes ?? 1,
    })
    this.#sockets.add(socket)
    if (Object.keys(init).length > 0) {
      socket.setOption('SCTP_INITMSG', {
        sinit_num_ostreams: init.outStreams,
        sinit_max_instreams: init.maxInStreams,
        sinit_max_attempts: init.attempts,
        sinit_max_init_timeo: init.timeout,
      })
    }
    if (own?.addresses) socket.bindx(own.addresses.map((address) => [address, own.port] as Address))
    else if (own?.port) socket.bind([family === 'ipv4' ? '0.0.0.0' : '::', own.port])
    return socket
  }

  /** Resolves when the association is up. */
  async #connect(
    socket: SctpSocket,
    { addresses, port }: NonNullable<SctpSourceConfig['connect']>,
  ): Promise<void> {
    const up = new Promise<void>((resolve, reject) => {
      this.#started = { resolve, reject }
    })
    const connecting = socket.connectx(addresses.map((address) => [address, port] as Address))
    // A notification reports a refused connection too; it is read before the start fails.
    connecting.catch((error) => this.#context.runtime.after(RETRY_MS, () => this.#fail(error)))
    void this.#follow(socket)
    await up
  }

  async #accept(listener: SctpSocket): Promise<void> {
    try {
      while (!this.#stopped) {
        const socket = await listener.accept()
        this.#sockets.add(socket)
        void this.#follow(socket)
        while (this.#sockets.size > MAX_SOCKETS && !this.#stopped) await this.#pause()
      }
    } catch (error) {
      this.#fail(asError(error))
    }
  }

  /** Reads a socket to its end. While the hub accepts no events nothing is read, and the kernel keeps the messages. */
  async #follow(socket: SctpSocket): Promise<void> {
    const ids = new Set<number>()
    let error: Error | undefined
    try {
      for await (const received of socket) {
        const association = await this.#take(socket, received)
        if (association !== undefined && socket.style === 'oneToOne') ids.add(association)
      }
    } catch (failure) {
      error = asError(failure)
    }
    for (const id of ids) this.#associations.end(id, error ? 'lost' : 'closed', error?.message)
    this.#sockets.delete(socket)
    socket.close()
    if (this.#stopped) return
    // The end of an accepted connection does not affect the others.
    if (this.#config.connect === undefined && socket.style === 'oneToOne') return
    this.#fail(error ?? new Error('the association has ended'))
  }

  /** Ends the instance; the hub restarts the source after a growing pause. */
  #fail(error: Error): void {
    if (this.#stopped) return
    if (this.#started !== undefined) this.#started.reject(error)
    else this.#context.failed(error)
  }

  // ---- messages and notifications

  /** Returns the association if the notification is a change of its state. */
  async #take(socket: SctpSocket, received: Received): Promise<number | undefined> {
    if (received.kind === 'message') {
      await this.#takeMessage(received)
      return undefined
    }
    const { notification } = received
    if (notification === undefined) {
      this.#context.lost(1, `the kernel sent an unknown notification: ${received.error?.message}`)
      return undefined
    }
    this.#associations.observe(notification, (association) => pathsOf(socket, association))
    this.#longMessages.observe(notification)
    await this.#publishNotification(notification)
    if (notification.sn_type !== linux.SCTP_ASSOC_CHANGE) return undefined
    this.#observeConnection(notification)
    return notification.sac_assoc_id
  }

  #observeConnection(change: Extract<Note, { sn_type: typeof linux.SCTP_ASSOC_CHANGE }>): void {
    const { sac_state: state, sac_assoc_id: association, sac_cause: cause } = change
    if (state !== linux.SCTP_COMM_UP && state !== linux.SCTP_RESTART) {
      if (this.#config.connect !== undefined) {
        this.#fail(
          new Error(`association ${association}: ${endings[state]}${cause ? `, ${cause.name}` : ''}`),
        )
      }
      return
    }
    this.#started?.resolve()
    this.#started = undefined
  }

  async #publishNotification(notification: Note): Promise<void> {
    const name = notificationName(notification.sn_type, { platform: 'linux' }) ?? ''
    if (!this.#published.has(name)) return
    const mostBytes = bytesWithin(this.#context.largestFrame)
    const { path, data } = notificationEvent(notification, { platform: 'linux', maxBytes: mostBytes })
    await this.#publish(path, data)
  }

  async #takeMessage(message: SctpMessage): Promise<void> {
    const { association, stream, ppid, unordered, complete } = message
    const continued = this.#longMessages.isContinued(message)
    this.#associations.message(association, message.data.length, continued)
    if (this.#config.data === undefined) {
      if (!continued) this.#dropped++
      return
    }
    if (continued) return
    const most = Math.max(
      1,
      Math.min(this.#config.data.maxBytes, this.#context.largestFrame - EVENT_OVERHEAD_BYTES),
    )
    const cut = !complete || message.data.length > most
    const data = message.data.subarray(0, most)
    const event = { association, stream, ppid, unordered, data, ...(cut && { cut: true }) }
    await this.#publish(`${association}/message`, event)
  }

  async #publish(path: string, data: unknown): Promise<void> {
    const publish = () => this.#context.publish(path, data)
    while (!this.#stopped && !this.#context.attempt(publish, () => ({ raw: path }))) await this.#pause()
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const wait = {
        resolve,
        cancel: this.#context.runtime.after(RETRY_MS, () => {
          this.#waits.delete(wait)
          resolve()
        }),
      }
      this.#waits.add(wait)
    })
  }
}

/** Returns the paths of an association; none if it has ended in the meantime. */
function pathsOf(socket: SctpSocket, association: number): PeerPath[] {
  try {
    const { sstat_primary } = socket.getOption('SCTP_STATUS', { sstat_assoc_id: association })
    return socket.peerAddresses(association).map((address) => {
      const about = { spinfo_assoc_id: association, spinfo_address: address }
      const { spinfo_state } = socket.getOption('SCTP_GET_PEER_ADDR_INFO', about)
      return peerPath(address, spinfo_state, address[0] === sstat_primary.spinfo_address[0])
    })
  } catch (error) {
    if (error instanceof SctpSocketError) return []
    throw error
  }
}

type Note = NonNullable<SctpNotice['notification']>

const endings: Record<number, string> = {
  [linux.SCTP_COMM_LOST]: 'lost',
  [linux.SCTP_SHUTDOWN_COMP]: 'shut down',
  [linux.SCTP_CANT_STR_ASSOC]: 'the peer does not answer or refuses',
}
