import { type Client, connect, type Event, type Status } from '../../../src/client/index.js'
import type { LogInfo } from '../../../src/methods/contract/index.js'
import type { LoadOptions } from './publishers.js'

/** Events that the log keeps although nobody needs them any more. */
const KEPT = 2_000

type Options = Pick<LoadOptions, 'address' | 'witness'>

/** A program that does the same again and again with each hub, until that hub is killed. */
abstract class Repeated {
  protected readonly options: Options
  #running: Promise<void> = Promise.resolve()
  #stopping = false

  constructor(options: Options) {
    this.options = options
  }

  protected abstract once(client: Client): Promise<void>

  /** Called when the hub of a round is ready. */
  async begin(): Promise<void> {
    await this.#running
    const client = await connect({ address: this.options.address, reconnect: false })
    this.#running = this.#run(client)
  }

  async stop(): Promise<void> {
    this.#stopping = true
    await this.#running
  }

  async #run(client: Client): Promise<void> {
    try {
      while (!this.#stopping) await this.once(client)
    } catch (error) {
      if ((error as { code?: string }).code === 'TCN_CLIENT_UNREACHABLE') return
      this.options.witness.fault(`${this.constructor.name}: ${error}`)
    } finally {
      await client.close().catch(() => undefined)
    }
  }
}

/** Lets the hub remove the segments that no watcher needs any more. */
export class Compactor extends Repeated {
  readonly #needed: (client: Client) => Promise<number>
  removals = 0

  /** `needed`: resolves with the seq from which on events are still needed. */
  constructor(options: Options, needed: (client: Client) => Promise<number>) {
    super(options)
    this.#needed = needed
  }

  protected async once(client: Client): Promise<void> {
    const needed = await this.#needed(client)
    const { last, lost } = await client.request<LogInfo>('log.info')
    const missing = lost
      .filter(({ from }) => from > needed)
      .reduce((sum, { from, to }) => sum + to - from + 1, 0)
    const policy = { count: Math.max(0, last - needed - missing) + KEPT }
    const { removed } = await client.request<{ removed?: object }>('log.compact', { policy })
    if (removed !== undefined) this.removals++
  }
}

/** Reads the oldest events over and over, where segments are removed. Only what is expired or lost may be missing. */
export class OldestReader extends Repeated {
  readonly #filter: string | undefined

  constructor(options: Options, filter?: string) {
    super(options)
    this.#filter = filter
  }

  protected async once(client: Client): Promise<void> {
    let last = 0
    for await (const item of client.read(this.#filter, { from: 'start' })) last = this.#take(item, last)
  }

  #take(item: Event | Status, last: number): number {
    const { witness } = this.options
    if (item.status !== undefined) {
      if (item.status === 'gap' && item.why !== 'expired' && item.why !== 'lost-in-crash') {
        witness.fault(`reading the oldest events at ${last}: ${JSON.stringify(item)}`)
      }
      return last
    }
    if (item.seq <= last) witness.fault(`reading the oldest events: ${item.seq} comes after ${last}`)
    witness.saw(item)
    return item.seq
  }
}
