import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type Client, connect } from '../../src/client/index.js'
import { type RunningHub, serve } from '../../src/hub/serve.js'
import type { ConfigCommitted, HubStatus } from '../../src/methods/contract/index.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

/** A hub with a file, whose configuration is changed by commits while it runs. */
export class LiveHub implements AsyncDisposable {
  readonly folder = temporaryFolder('live')
  readonly file = join(this.folder, 'tocsin.yaml')
  hub!: RunningHub
  admin!: Client

  /** The file has its own unix socket and no HTTP, and the other keys as given. */
  static async start(more = ''): Promise<LiveHub> {
    const live = new LiveHub()
    writeFileSync(
      live.file,
      `listen: { unix: [{ path: ${live.path('tocsin.sock')} }], http: off }\nsources: { system: { enabled: false } }\n${more}`,
    )
    await live.open()
    return live
  }

  async open(): Promise<void> {
    this.hub = await serve({ config: this.file, data: this.path('data') })
    this.admin = await connect({ address: this.path('tocsin.sock') })
  }

  async stop(): Promise<void> {
    await this.admin.close()
    await this.hub.stop()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  get text(): string {
    return readFileSync(this.file, 'utf8')
  }

  /** Changes the file, as an editor does. */
  write(text: string): void {
    writeFileSync(this.file, text)
  }

  /** Sets keys, or deletes those that are undefined, and commits; on failure the candidate is dropped. */
  async commit(values: Record<string, unknown>, options = {}): Promise<ConfigCommitted> {
    const session = 'test'
    const edits = Object.entries(values).map(([key, value]) =>
      value === undefined ? { key, delete: true } : { key, value },
    )
    await this.admin.request('config.edit', { session, edits })
    try {
      return await this.admin.request<ConfigCommitted>('config.commit', { session, ...options })
    } finally {
      await this.admin.request('config.discard', { session })
    }
  }

  /** `http http://127.0.0.1:4580` */
  async listeners(): Promise<string[]> {
    const { listeners } = await this.admin.request<HubStatus>('hub.status')
    return listeners.map(({ face, address }) => `${face} ${address}`)
  }

  /** What a client of an address receives until the connection ends. */
  async follow(address: string) {
    const client = await connect({ address, reconnect: false })
    const subscription = client.subscribe('count/')
    const tags: string[] = []
    const ended = (async () => {
      for await (const { tag } of subscription.events()) tags.push(tag)
    })().then(
      () => '',
      (error: Error) => error.message,
    )
    await subscription.ready()
    return { client, tags, ended }
  }
}

/** Ports that nobody uses at present. */
export async function freePorts(count: number): Promise<number[]> {
  const held = await Promise.all(Array.from({ length: count }, () => holdPort(0)))
  const ports = held.map(({ port }) => port)
  await Promise.all(held.map((each) => each[Symbol.asyncDispose]()))
  return ports
}

/** Holds a port, as another program does. */
export async function holdPort(port: number): Promise<AsyncDisposable & { port: number }> {
  const server = createServer((peer) => peer.end('another program'))
  await new Promise<void>((done, failed) => server.once('error', failed).listen(port, '127.0.0.1', done))
  return {
    port: (server.address() as { port: number }).port,
    [Symbol.asyncDispose]: () => new Promise<void>((done) => void server.close(() => done())),
  }
}

/** The status of the health check; undefined if nobody listens. */
export function health(port: number): Promise<number | undefined> {
  return fetch(`http://127.0.0.1:${port}/healthz`, { headers: { connection: 'close' } }).then(
    ({ status }) => status,
    () => undefined,
  )
}
