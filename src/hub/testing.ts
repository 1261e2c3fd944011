import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { z } from 'zod'
import { ADMIN } from '../access/index.js'
import type { BusAdmin } from '../bus/admin.js'
import type { BusApi, HubPublisher } from '../bus/api.js'
import { type Client, type ConnectOptions, connect } from '../client/index.js'
import { memoryEngine } from '../log/memory-log.js'
import { hubConfig } from './config/index.js'
import { Hub } from './hub.js'
import { nodeRuntime } from './node-runtime.js'

export interface TestHubOptions {
  /** Keeps the events here, as a hub does that runs for long; default: in memory. */
  data?: string
  /** What would stand in `tocsin.yaml`. */
  config?: z.input<typeof hubConfig>
  /** Path of the socket; default: in a temporary folder. */
  socket?: string
  /** Whose right whoever connects has; default: admin, who may do everything. */
  principal?: string
  /** Listens for HTTP too, on a free port of this machine. Default: only where `config` says so. */
  http?: boolean
}

export interface TestHub extends AsyncDisposable {
  /** What `connect()` and `TOCSIN_URL` take. */
  readonly address: string
  readonly bus: BusApi & HubPublisher & BusAdmin
  readonly hub: Hub
  /** `http://127.0.0.1:<port>`; empty without `http: true`. */
  readonly http: string
  connect(options?: Omit<ConnectOptions, 'address'>): Promise<Client>
  /** Stops it, tells everybody connected, and removes its temporary folder. */
  close(): Promise<void>
}

/** A whole hub in this process, for tests of programs that use one: no source, nothing of the host in it. */
export async function startTestHub(options: TestHubOptions = {}): Promise<TestHub> {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-test-'))
  const path = options.socket ?? join(folder, 'tocsin.sock')
  const address = `unix:${path}`
  const config = configOf(options, path)
  const hub = await Hub.open({ config, runtime: nodeRuntime(), data: options.data, sources: [], types: [] })
  const close = async (): Promise<void> => {
    await hub.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await hub.listen()
  } catch (error) {
    await close()
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

/** As a hub has it, but for what belongs to the machine: data, socket and the usual port. */
function configOf({ config: written = {}, data, http, principal = ADMIN }: TestHubOptions, path: string) {
  const config = hubConfig.parse(written)
  const { listen, log } = config
  if (data === undefined) log.engine = memoryEngine.name
  listen.unix = [{ path, principal }, ...(written.listen?.unix === undefined ? [] : listen.unix)]
  if (listen.http !== 'off' && http === true) listen.http.address = { host: '127.0.0.1', port: 0 }
  else if (written.listen?.http === undefined) listen.http = 'off'
  return config
}
