import { type Address, constants, type Notification, valueName } from '../../protocols/sctp/index.js'

const { linux } = constants
type NoteOf<N extends keyof typeof linux> = Extract<Notification<'linux'>, { sn_type: (typeof linux)[N] }>

export type AssociationState = 'up' | 'shutting-down' | 'closed' | 'lost' | 'refused'
export type PathState = 'active' | 'unreachable' | 'potentially-failed' | 'unconfirmed'

export interface PeerPath {
  host: string
  port: number
  state: PathState
  primary: boolean
}

export interface AssociationInfo {
  association: number
  state: AssociationState
  /** When it entered this state, µs since the epoch. */
  since: number
  outboundStreams: number
  inboundStreams: number
  peers: PeerPath[]
  restarts: number
  /** Number of received messages. */
  messages: number
  bytes: number
  lastError?: string
}

/** Further associations are not listed, but their events are published. */
const MAX_LISTED = 4096
const MAX_ENDED = 64
const MAX_PATHS = 256

/** The state of every association according to its notifications, and of those that ended last. */
export class Associations {
  readonly #alive = new Map<number, AssociationInfo>()
  readonly #ended = new Map<number, AssociationInfo>()
  unlisted = 0

  /** µs since the epoch. */
  now: () => number = () => 0

  get alive(): number {
    return this.#alive.size
  }

  /** Returns the active associations, then those that ended, latest first. */
  list(): AssociationInfo[] {
    const copies = [...this.#alive.values(), ...[...this.#ended.values()].reverse()]
    return copies.map((each) => ({ ...each, peers: each.peers.map((path) => ({ ...path })) }))
  }

  /** Applies a notification. `pathsOf` asks the kernel when an association comes up. */
  observe(notification: Notification<'linux'>, pathsOf: (association: number) => PeerPath[]): void {
    const { sn_type } = notification
    if (sn_type === linux.SCTP_ASSOC_CHANGE) this.#change(notification, pathsOf)
    else if (sn_type === linux.SCTP_PEER_ADDR_CHANGE) this.#path(notification)
    else if (sn_type === linux.SCTP_SHUTDOWN_EVENT) this.#enter(notification.sse_assoc_id, 'shutting-down')
    else if (sn_type === linux.SCTP_REMOTE_ERROR) {
      this.#error(notification.sre_assoc_id, `the peer sent error ${notification.sre_error}`)
    } else if (sn_type === linux.SCTP_SEND_FAILED_EVENT) {
      const { ssfe_assoc_id, ssfe_cause } = notification
      this.#error(ssfe_assoc_id, `a message was not sent${ssfe_cause ? `: ${ssfe_cause.name}` : ''}`)
    }
  }

  message(association: number, bytes: number, continued: boolean): void {
    const known = this.#alive.get(association)
    if (known === undefined) return
    if (!continued) known.messages++
    known.bytes += bytes
  }

  /** Ends an association for which no notification does. */
  end(association: number, state: AssociationState, error?: string): void {
    const known = this.#alive.get(association)
    if (known === undefined) return
    Object.assign(known, { state, since: this.now(), ...(error && { lastError: error }) })
    this.#alive.delete(association)
    this.#keep(known)
  }

  /** Ends all associations when the sockets are closed. */
  endAll(): void {
    for (const association of [...this.#alive.keys()]) this.end(association, 'closed')
  }

  #change(change: NoteOf<'SCTP_ASSOC_CHANGE'>, pathsOf: (association: number) => PeerPath[]): void {
    const { sac_assoc_id: association, sac_state: state, sac_cause: cause } = change
    if (state === linux.SCTP_COMM_UP || state === linux.SCTP_RESTART) {
      this.#up(change, pathsOf(association).slice(0, MAX_PATHS))
      return
    }
    if (!this.#alive.has(association)) this.#alive.set(association, neverUp(association, this.now()))
    this.end(association, endings[state], cause?.name)
  }

  #up(change: NoteOf<'SCTP_ASSOC_CHANGE'>, peers: PeerPath[]): void {
    const { sac_assoc_id: association } = change
    const known = this.#alive.get(association)
    this.#ended.delete(association)
    if (known === undefined && this.#alive.size >= MAX_LISTED) {
      this.unlisted++
      return
    }
    const info = known ?? neverUp(association, 0)
    const restarts = info.restarts + (change.sac_state === linux.SCTP_RESTART ? 1 : 0)
    const { sac_outbound_streams: outboundStreams, sac_inbound_streams: inboundStreams } = change
    Object.assign(info, { state: 'up', since: this.now(), outboundStreams, inboundStreams, peers, restarts })
    this.#alive.set(association, info)
  }

  #keep(info: AssociationInfo): void {
    this.#ended.delete(info.association)
    this.#ended.set(info.association, info)
    const [oldest] = this.#ended.keys()
    if (this.#ended.size > MAX_ENDED) this.#ended.delete(oldest)
  }

  #enter(association: number, state: AssociationState): void {
    const known = this.#alive.get(association)
    if (known !== undefined) Object.assign(known, { state, since: this.now() })
  }

  #error(association: number, error: string): void {
    const known = this.#alive.get(association)
    if (known !== undefined) known.lastError = error
  }

  #path(change: NoteOf<'SCTP_PEER_ADDR_CHANGE'>): void {
    const known = this.#alive.get(change.spc_assoc_id)
    if (known === undefined) return
    const [host, port] = change.spc_aaddr
    const { spc_state: state } = change
    const others = known.peers.filter((path) => path.host !== host || path.port !== port)
    if (state === linux.SCTP_ADDR_REMOVED) {
      known.peers = others
      return
    }
    let path = known.peers.find((each) => each.host === host && each.port === port)
    if (path === undefined) {
      if (known.peers.length >= MAX_PATHS) return
      path = { host, port, state: 'active', primary: false }
      known.peers.push(path)
    }
    if (state === linux.SCTP_ADDR_MADE_PRIM) for (const each of known.peers) each.primary = each === path
    else path.state = pathStates[state]
    if (state !== linux.SCTP_ADDR_UNREACHABLE) return
    const why = valueName('spc_error', change.spc_error, { platform: 'linux' })
    known.lastError = `${host} is unreachable${why ? `: ${why}` : ''}`
  }
}

const endings: Record<number, AssociationState> = {
  [linux.SCTP_COMM_LOST]: 'lost',
  [linux.SCTP_SHUTDOWN_COMP]: 'closed',
  [linux.SCTP_CANT_STR_ASSOC]: 'refused',
}

const pathStates: Record<number, PathState> = {
  [linux.SCTP_ADDR_AVAILABLE]: 'active',
  [linux.SCTP_ADDR_UNREACHABLE]: 'unreachable',
  [linux.SCTP_ADDR_ADDED]: 'active',
  [linux.SCTP_ADDR_CONFIRMED]: 'active',
  [linux.SCTP_ADDR_POTENTIALLY_FAILED]: 'potentially-failed',
}

const kernelStates: Record<number, PathState> = {
  [linux.SCTP_ACTIVE]: 'active',
  [linux.SCTP_INACTIVE]: 'unreachable',
  [linux.SCTP_PF]: 'potentially-failed',
  [linux.SCTP_UNCONFIRMED]: 'unconfirmed',
}

/** Returns a path of a peer; `state` is that of struct sctp_paddrinfo. */
export function peerPath([host, port]: Address, state: number, primary: boolean): PeerPath {
  return { host, port, state: kernelStates[state] ?? 'unconfirmed', primary }
}

function neverUp(association: number, since: number): AssociationInfo {
  return {
    association,
    state: 'refused',
    since,
    outboundStreams: 0,
    inboundStreams: 0,
    peers: [],
    restarts: 0,
    messages: 0,
    bytes: 0,
  }
}
