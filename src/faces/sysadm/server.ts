import type { Cancel } from '../../event/runtime.js'
import type { WebListen } from '../web/listener.js'
import type { SysadmHttpLimits } from './answer.js'
import type { SysadmContext } from './context.js'
import { SysadmListener } from './listener.js'
import { LOGIN_TIMEOUT, SysadmPeer } from './peer.js'

/** Sizes in bytes, times in ms. SysAdm sends no pings; these find peers that vanished without closing. */
const LIMITS = {
  message: { message: 256 * 1024, fragments: 64, closeTimeout: 5000 },
  socket: { helloTimeout: LOGIN_TIMEOUT, pingEvery: 5 * 60_000, replies: 256 * 1024 },
}
/** Interval at which all connections are checked, ms. */
const CHECK_EVERY = 60_000

/** The WebSocket server. */
export class SysadmServer {
  readonly #context: SysadmContext
  readonly #listener: SysadmListener
  readonly #peers = new Set<SysadmPeer>()
  #cancelCheck: Cancel | undefined

  constructor(context: SysadmContext, limits: SysadmHttpLimits) {
    const { blacklist, host } = context
    const { runtime, budgets } = host
    this.#context = context
    this.#listener = new SysadmListener({
      name: 'sysadm-server',
      runtime,
      budgets,
      blacklist,
      limits: { ...limits, ...LIMITS },
      accept: (socket, address) => {
        const left = (gone: SysadmPeer) => void this.#peers.delete(gone)
        const peer = new SysadmPeer(context, socket, { address, left })
        this.#peers.add(peer)
        return peer
      },
    })
  }

  get connections(): number {
    return this.#listener.connections
  }

  /** Resolves with the address, such as `wss://127.0.0.1:12150`. */
  async listen(listen: WebListen): Promise<string> {
    const address = await this.#listener.listen(listen)
    this.#checkLater()
    return address
  }

  unbind(): void {
    this.#listener.unbind()
  }

  bind(): Promise<void> {
    return this.#listener.bind()
  }

  limit(limits: SysadmHttpLimits): void {
    this.#listener.limit(limits)
  }

  drain(): void {
    this.#listener.drain()
  }

  async close(): Promise<void> {
    this.#cancelCheck?.()
    await this.#listener.close()
  }

  #checkLater(): void {
    const { runtime } = this.#context.host
    this.#cancelCheck = runtime.after(CHECK_EVERY, () => {
      const now = runtime.monotonic()
      for (const peer of this.#peers) peer.check(now)
      this.#checkLater()
    })
  }
}
