import { HeldProxy } from '../../helpers/held-proxy.js'

const SCHEME = 'nats://'

/** The proxies between hubs and NATS servers, and between each two of these. */
export class Network {
  /** By server: the way of the hubs to it. */
  readonly #toServers: HeldProxy[] = []
  /** By server: the ways between it and the others. */
  #routes: HeldProxy[][] = []

  through = async (addresses: string[]): Promise<string[]> => {
    for (const address of addresses) this.#toServers.push(await HeldProxy.start(address.slice(SCHEME.length)))
    return this.#toServers.map(({ address }) => SCHEME + address)
  }

  /** May be called again: servers that could not start take other ports. */
  routesThrough = async (addresses: string[]): Promise<string[][]> => {
    await this.#stopRoutes()
    this.#routes = addresses.map(() => [])
    const byServer: string[][] = []
    for (const from of addresses.keys()) {
      const proxies = await Promise.all(addresses.map((address) => HeldProxy.start(address)))
      byServer.push(proxies.map(({ address }) => address))
      for (const [to, proxy] of proxies.entries())
        this.#routes[from].push(proxy) && this.#routes[to].push(proxy)
    }
    return byServer
  }

  /** The ways to a server, for hubs. */
  toServer(at: number): HeldProxy {
    return this.#toServers[at]
  }

  /** The ways between a server and the others. */
  routesOf(at: number): readonly HeldProxy[] {
    return this.#routes[at]
  }

  async stop(): Promise<void> {
    await Promise.all(this.#toServers.map((proxy) => proxy.stop()))
    await this.#stopRoutes()
  }

  async #stopRoutes(): Promise<void> {
    await Promise.all([...new Set(this.#routes.flat())].map((proxy) => proxy.stop()))
  }
}
