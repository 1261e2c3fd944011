import type { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { networkOf } from '../../access/network.js'

/** Event of a connection whose peer has said who it is, with the connection as its argument. */
export const IDENTIFIED = 'identified'

/** Called each time that a peer has shown valid credentials. */
export function identified(connection: EventEmitter): void {
  connection.emit(IDENTIFIED, connection)
}

/** Maximum number of strangers: of all, and of one network. */
export interface StrangerLimits {
  all: number
  ofNetwork: number
}

interface Stranger {
  network: string
  giveWay: () => void
}

/**
 * Connections from the network whose peers have not said who they are. If there are too many, the oldest is closed:
 * a client identifies itself as soon as it is connected, so the oldest are those that only hold a connection.
 */
export class Strangers {
  readonly #limits: () => StrangerLimits
  /** Oldest first. */
  readonly #all = new Set<Stranger>()
  readonly #byNetwork = new Map<string, Set<Stranger>>()
  /** New connections for which the hub has had no time, by network. */
  readonly #arriving = new Map<string, number>()

  constructor(limits: () => StrangerLimits) {
    this.#limits = limits
  }

  get size(): number {
    return this.#all.size
  }

  /**
   * Counts a new connection that waits until the hub has time for it, until the returned function is called or it is
   * closed. Undefined: too many of its network wait, and it must be refused. The newest is, since those before it are
   * served next.
   */
  arrive(socket: Socket): (() => void) | undefined {
    const network = networkOf(socket.remoteAddress ?? 'gone')
    const waiting = this.#arriving.get(network) ?? 0
    if (waiting >= this.#limits().ofNetwork) return undefined
    this.#arriving.set(network, waiting + 1)
    const served = () => {
      socket.off('close', served)
      const left = (this.#arriving.get(network) ?? 1) - 1
      if (left === 0) this.#arriving.delete(network)
      else this.#arriving.set(network, left)
    }
    socket.once('close', served)
    return served
  }

  /** Counts a connection until its peer is identified or it is closed. `giveWay` must close it. */
  watch(socket: Socket, giveWay: () => void): void {
    const stranger = { network: networkOf(socket.remoteAddress ?? 'gone'), giveWay }
    const forget = () => {
      socket.off(IDENTIFIED, forget)
      socket.off('close', forget)
      this.#remove(stranger)
    }
    socket.on(IDENTIFIED, forget)
    socket.on('close', forget)
    this.#add(stranger)
  }

  #add(stranger: Stranger): void {
    const { all, ofNetwork } = this.#limits()
    const neighbours = this.#byNetwork.get(stranger.network)
    if (neighbours !== undefined && neighbours.size >= ofNetwork) this.#expelOldest(neighbours)
    else if (this.#all.size >= all) this.#expelOldest(this.#all)
    this.#all.add(stranger)
    const ofNetworkNow = this.#byNetwork.get(stranger.network)
    if (ofNetworkNow === undefined) this.#byNetwork.set(stranger.network, new Set([stranger]))
    else ofNetworkNow.add(stranger)
  }

  #expelOldest(strangers: ReadonlySet<Stranger>): void {
    const [oldest] = strangers
    this.#remove(oldest)
    oldest.giveWay()
  }

  #remove(stranger: Stranger): void {
    this.#all.delete(stranger)
    const neighbours = this.#byNetwork.get(stranger.network)
    neighbours?.delete(stranger)
    if (neighbours?.size === 0) this.#byNetwork.delete(stranger.network)
  }
}
