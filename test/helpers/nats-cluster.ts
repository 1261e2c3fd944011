import { type AddressInfo, createServer, type Server } from 'node:net'
import { answerOf, JetStreamApi, type StreamInfo } from '../../src/storage/nats/jetstream-api.js'
import { NatsLink } from '../../src/storage/nats/link.js'
import { type NatsOptions, NatsServer } from './nats-server.js'
import { realRuntime } from './real-runtime.js'

const SIZE = 3
/** An election takes up to 13 s. */
const PATIENCE_MS = 45_000
/** A replica that is behind for longer is stuck. */
const STUCK_MS = 30_000
const PAUSE_MS = 200

/**
 * Between choosing a free port and using it, somebody else may have taken it. About one start in forty ends with servers
 * that never know of each other's storage (nats-server 2.10.27).
 */
const ATTEMPTS = 3
const START_MS = 20_000

/** Three nats-servers that form a cluster, with streams of three replicas that stay equal. */
export class NatsCluster {
  readonly #nodes = new Map<string, NatsServer>()

  static async start(options: NatsOptions = {}, attempts = ATTEMPTS): Promise<NatsCluster> {
    try {
      return await NatsCluster.#startOnce(options)
    } catch (thrown) {
      if (attempts === 1) throw thrown
      return NatsCluster.start(options, attempts - 1)
    }
  }

  static async #startOnce(options: NatsOptions): Promise<NatsCluster> {
    const cluster = new NatsCluster()
    try {
      const routes = await freePorts()
      const names = routes.map((_, at) => `n${at + 1}`)
      for (const [at, name] of names.entries())
        cluster.#nodes.set(
          name,
          await NatsServer.start({
            program: 'current nats-server',
            ...options,
            lines: [...clusterLines(name, at, routes), ...(options.lines ?? [])],
          }),
        )
      await cluster.#ready()
      return cluster
    } catch (thrown) {
      await cluster.stop()
      throw thrown
    }
  }

  get names(): string[] {
    return [...this.#nodes.keys()]
  }

  /** The addresses of all nodes, as a client takes them. */
  get addresses(): string[] {
    return [...this.#nodes.values()].map(({ address }) => address)
  }

  node(name: string): NatsServer {
    return this.#nodes.get(name)!
  }

  /** Resolves with the name of the node that leads the stream. */
  leaderOf(stream: string): Promise<string> {
    return this.#until(stream, ({ cluster }) => cluster?.leader)
  }

  async followerOf(stream: string): Promise<string> {
    const leader = await this.leaderOf(stream)
    return this.names.find((name) => name !== leader)!
  }

  /** Asks the leader to leave its place to another node, and resolves when one has taken it. */
  async stepDown(stream: string): Promise<string> {
    const before = await this.leaderOf(stream)
    await this.#asked((link) => link.request(`$JS.API.STREAM.LEADER.STEPDOWN.${stream}`, none, 5000))
    return this.#until(stream, ({ cluster }) => (cluster?.leader === before ? undefined : cluster?.leader))
  }

  /**
   * Resolves when every replica has everything. The servers call a replica current that has yet to store what it knows of;
   * if that one is made the leader, it stops there (nats-server 2.9.10). So each is asked for what it has stored.
   */
  async inStep(stream: string, patience = PATIENCE_MS): Promise<void> {
    const deadline = performance.now() + patience
    const find = ({ cluster: { leader, replicas = [] } = {}, state }: StreamInfo) => {
      const isWhole =
        replicas.length === SIZE - 1 && replicas.every(({ current, offline }) => current && !offline)
      return leader !== undefined && isWhole ? state.last_seq : undefined
    }
    const last = await this.#retried(
      async (link) => find(await new JetStreamApi(link).info(stream)),
      deadline,
    )
    await this.#retried(async () => {
      const stored = await Promise.all([...this.#nodes.values()].map((node) => node.lastStored(stream)))
      return stored.every((each) => each >= last) ? true : undefined
    }, deadline)
  }

  /**
   * Resolves when every replica has everything after a node stood still. Under load a node sometimes never makes up what
   * it missed (nats-server 2.9.10); it is restarted then, as the guide tells operators to.
   */
  async rejoined(name: string, stream: string): Promise<void> {
    try {
      await this.inStep(stream, STUCK_MS)
    } catch {
      await this.node(name).kill()
      await this.node(name).start()
      await this.inStep(stream)
    }
  }

  /**
   * Calls `read` with each node as the leader of the stream, once for each. Replicas that differ do not show in what the
   * servers say of themselves.
   */
  async withEachLeader(
    stream: string,
    read: (api: JetStreamApi, leader: string) => Promise<void>,
  ): Promise<void> {
    const left = new Set(this.names)
    while (left.size > 0) {
      const leader = await this.leaderOf(stream)
      if (left.delete(leader)) await this.#asked((link) => read(new JetStreamApi(link), leader))
      // The server chooses the next one by chance.
      if (left.size === 0) return
      await this.inStep(stream)
      await this.stepDown(stream)
    }
  }

  /** Kills all nodes, and starts them when none runs any more. */
  async restart(): Promise<void> {
    const nodes = [...this.#nodes.values()]
    await Promise.all(nodes.map((node) => node.kill()))
    await Promise.all(nodes.map((node) => node.start()))
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#nodes.values()].map((node) => node.stop()))
  }

  /** Waits until a stream of three replicas can be created. */
  async #ready(): Promise<void> {
    const config = { name: 'READY', subjects: ['ready'], num_replicas: SIZE, storage: 'memory' }
    await this.#retried(async (link) => {
      const body = Buffer.from(JSON.stringify(config))
      answerOf(await link.request('$JS.API.STREAM.CREATE.READY', body, 5000))
      return true
    }, performance.now() + START_MS)
    await this.#asked((link) => new JetStreamApi(link).remove('READY'))
  }

  #until<Found>(stream: string, find: (info: StreamInfo) => Found | undefined): Promise<Found> {
    return this.#retried(async (link) => find(await new JetStreamApi(link).info(stream)))
  }

  async #retried<Found>(
    attempt: (link: NatsLink) => Promise<Found | undefined>,
    deadline = performance.now() + PATIENCE_MS,
  ): Promise<Found> {
    return this.#asked(async (link) => {
      for (;;) {
        const found = await attempt(link).catch((thrown) => {
          if (performance.now() > deadline) throw thrown
        })
        if (found !== undefined) return found
        if (performance.now() > deadline) throw new Error('the cluster did not get there')
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
      }
    })
  }

  async #asked<Result>(ask: (link: NatsLink) => Promise<Result>): Promise<Result> {
    const link = await NatsLink.open({ runtime: realRuntime, servers: this.addresses, pingInterval: 500 })
    try {
      return await ask(link)
    } finally {
      await link.close()
    }
  }
}

function clusterLines(name: string, at: number, routes: readonly number[]): string[] {
  const others = routes.filter((_, other) => other !== at).map((port) => `nats://127.0.0.1:${port}`)
  return [
    `server_name: ${name}`,
    `cluster { name: tests, listen: "127.0.0.1:${routes[at]}", routes: [${others.join(', ')}] }`,
  ]
}

/** Ports that nobody listens on. The servers of a cluster have to know each other's before they start. */
async function freePorts(): Promise<number[]> {
  const holders = await Promise.all(Array.from({ length: SIZE }, listening))
  const ports = holders.map((holder) => (holder.address() as AddressInfo).port)
  await Promise.all(holders.map((holder) => new Promise((resolve) => holder.close(resolve))))
  return ports
}

function listening(): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => resolve(server))
  })
}

const none = Buffer.alloc(0)
