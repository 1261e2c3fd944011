import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ADMIN } from '../access/index.js'
import type { BusAdmin } from '../bus/admin.js'
import type { BusApi, HubPublisher } from '../bus/api.js'
import { type Client, type ConnectOptions, connect } from '../client/index.js'
import { logEngine } from '../log/index.js'
import { memoryEngine, openMemoryLog } from '../log/memory-log.js'
import type { EventType } from '../types/event-type.js'
import { hubConfig } from './config/index.js'
import type { WrittenConfig } from './config/keys.js'
import { Hub } from './hub.js'
import { nodeRuntime } from './node-runtime.js'

export interface TestHubOptions {
  /**
   * Folder in which events are stored, as in production; default: events are kept in memory, and
   * acknowledged as durable all the same. With `config: { log: { engine: 'memory' } }`, `durable` is refused.
   */
  data?: string
  /** The content of `tocsin.yaml`. */
  config?: WrittenConfig
  /** Path of the socket; default: in a temporary folder. */
  socket?: string
  /** Principal of every client that connects; default: `admin`, which may do everything. */
  principal?: string
  /** Listens for HTTP too, on a free port of this machine. Default: only if `config` enables it. */
  http?: boolean
  /** Event types besides those of hubs. Default: none. */
  types?: readonly EventType[]
}

export interface TestHub extends AsyncDisposable {
  /** The address for `connect()` and `TOCSIN_URL`. */
  readonly address: string
  readonly bus: BusApi & HubPublisher & BusAdmin
  /** @internal Its parts, for the tests of this repository. */
  readonly hub: Hub
  /** `http://127.0.0.1:<port>`; empty without `http: true`. */
  readonly http: string
  connect(options?: Omit<ConnectOptions, 'address'>): Promise<Client>
  /** Stops the hub, notifies all clients, and removes the temporary folder. */
  close(): Promise<void>
}

/**
 * Starts a whole hub in this process, for tests of programs that use one. It has no sources and no host events. With
 * rules or sinks in its configuration it has begun with them, and its log with `hub/started`, as in production.
 *
 * @example
 * await using hub = await startTestHub()
 * await using client = await hub.connect()
 * await client.publish('deploy/web1/started', { version: '2.4.1' })
 * for await (const event of client.read('deploy/').events()) console.log(event.data) // { version: '2.4.1' }
 */
export async function startTestHub(options: TestHubOptions = {}): Promise<TestHub> {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-test-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  try {
    return await startIn(folder, options, remove)
  } catch (error) {
    remove()
    throw error
  }
}

/** `closed` is called when the hub has stopped. */
async function startIn(folder: string, options: TestHubOptions, closed: () => void): Promise<TestHub> {
  const path = options.socket ?? join(folder, 'tocsin.sock')
  const address = `unix:${path}`
  const config = configOf(options, path)
  const hub = await Hub.open({
    config,
    runtime: nodeRuntime(),
    data: options.data,
    sources: [],
    types: [options.types ?? []],
    ...(keepsNothing(options) && {
      openLog: async () =>
        openMemoryLog({ runtime: nodeRuntime(), maxBytes: config.log.ring, acknowledges: true }),
    }),
  })
  const close = async (): Promise<void> => {
    await hub.stop()
    closed()
  }
  try {
    await hub.listen()
    if (Object.keys({ ...config.sinks, ...config.rules, ...config.ruleKits }).length > 0) await hub.start()
  } catch (error) {
    await hub.stop()
    throw error
  }
  return {
    address,
    bus: hub.bus,
    hub,
    http: hub.listeners.find(({ face }) => face === 'http')?.address ?? '',
    connect: (given) => connect({ ...given, address }),
    close,
    [Symbol.asyncDispose]: close,
  }
}

/**
 * Returns whether neither a folder nor an engine was chosen: programs may then publish durably, as they do in
 * production.
 */
function keepsNothing({ data, config }: TestHubOptions): boolean {
  return data === undefined && config?.log?.engine === undefined
}

/** Returns the configuration of a hub, except for the machine's own data folder, socket and usual port. */
function configOf({ config: written = {}, data, http, principal = ADMIN }: TestHubOptions, path: string) {
  const config = hubConfig.parse(written)
  const { listen, log } = config
  if (data === undefined && logEngine(log.engine).usesFolder) log.engine = memoryEngine.name
  listen.unix = [{ path, principal }, ...(written.listen?.unix === undefined ? [] : listen.unix)]
  if (listen.http !== 'off' && http === true) listen.http.address = { host: '127.0.0.1', port: 0 }
  else if (written.listen?.http === undefined) listen.http = 'off'
  return config
}
