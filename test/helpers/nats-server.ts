import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from './temporary-folder.js'
import { requireTool, type ToolName } from './tools.js'

export interface NatsOptions {
  /** Largest message. Default: that of the server, 1 MiB. */
  maxPayload?: string
  /** What clients must know. */
  token?: string
  /** Limit of JetStream's storage. */
  maxStore?: string
  /** Folder of JetStream's storage, which stays when the server is stopped. Default: one of its own. */
  store?: string
  /** Further lines of the configuration. */
  lines?: readonly string[]
  /** Environment of the process. Default: that of this one. */
  env?: NodeJS.ProcessEnv
  /** Default: that of the system, which may be the oldest one that Tocsin supports. */
  program?: Extract<ToolName, 'nats-server' | 'current nats-server'>
}

const ATTEMPTS = 20

interface StorageReport {
  account_details?: { stream_detail?: { name: string; state: { last_seq: number } }[] }[]
}

/** A nats-server with JetStream on a loopback port of the kernel's choice, whose files go when it is stopped. */
export class NatsServer {
  readonly #folder = temporaryFolder('nats')
  readonly #options: NatsOptions
  #process: ChildProcess | undefined
  #port = -1
  #monitoring = ''

  private constructor(options: NatsOptions) {
    this.#options = options
  }

  static async start(options: NatsOptions = {}): Promise<NatsServer> {
    const server = new NatsServer(options)
    await server.start()
    return server
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`
  }

  get pid(): number {
    return this.#process!.pid!
  }

  /** Starts it, again on the same port if it was started before, which another program may have for a moment. */
  async start(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#run()
      } catch (thrown) {
        if (this.#port < 0 || attempt === ATTEMPTS) throw thrown
      }
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
  }

  async #run(): Promise<void> {
    const ports = mkdtempSync(join(this.#folder, 'ports-'))
    const config = join(this.#folder, 'nats.conf')
    writeFileSync(config, this.#configOf(ports))
    const started = spawn(requireTool(this.#options.program ?? 'nats-server'), ['-c', config], {
      stdio: 'ignore',
      env: this.#options.env ?? process.env,
    })
    // A run that ends in the middle of a test leaves no server behind.
    const endToo = () => started.kill('SIGKILL')
    process.once('exit', endToo)
    started.once('exit', () => process.off('exit', endToo))
    this.#process = started
    await this.#listening(ports)
  }

  /** Ends the process, by default as a crash would. What it stored stays. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const process = this.#process
    if (process === undefined || process.exitCode !== null || process.signalCode !== null) return
    const ended = new Promise<void>((resolve) => process.once('exit', () => resolve()))
    process.kill(signal)
    await ended
  }

  /** Stops the process where it is, as a machine that stands still does, until `resume`. */
  suspend(): void {
    this.#process!.kill('SIGSTOP')
  }

  resume(): void {
    this.#process!.kill('SIGCONT')
  }

  /** The last sequence of a stream as this server has stored it, which other servers do not know; 0 without the stream. */
  async lastStored(stream: string): Promise<number> {
    const answer = await fetch(`${this.#monitoring}/jsz?streams=true`)
    const { account_details: accounts = [] } = (await answer.json()) as StorageReport
    const streams = accounts.flatMap(({ stream_detail: details = [] }) => details)
    return streams.find(({ name }) => name === stream)?.state.last_seq ?? 0
  }

  /** The folder with the messages of a stream. */
  messagesOf(stream: string): string {
    return join(this.store, 'jetstream', '$G', 'streams', stream, 'msgs')
  }

  /** The folder with all that it stores. */
  get store(): string {
    return this.#options.store ?? join(this.#folder, 'store')
  }

  async stop(): Promise<void> {
    await this.kill()
  }

  #configOf(ports: string): string {
    const { store } = this
    const { maxPayload, maxStore, token, lines = [] } = this.#options
    mkdirSync(store, { recursive: true })
    const all = [
      'host: 127.0.0.1',
      `port: ${this.#port}`,
      'http: "127.0.0.1:-1"',
      `ports_file_dir: "${ports}"`,
      token === undefined ? '' : `authorization { token: "${token}" }`,
      maxPayload === undefined ? '' : `max_payload: ${maxPayload}`,
      `jetstream { store_dir: "${store}"${maxStore === undefined ? '' : `, max_file_store: ${maxStore}`} }`,
      ...lines,
    ]
    return `${all.join('\n')}\n`
  }

  async #listening(folder: string): Promise<void> {
    for (;;) {
      if (this.#process!.exitCode !== null) throw new Error('nats-server ended at once')
      const file = readdirSync(folder).find((name) => name.endsWith('.ports'))
      const text = file === undefined ? '' : readFileSync(join(folder, file), 'utf8')
      if (text !== '') {
        const { nats, monitoring } = JSON.parse(text) as Record<string, string[]>
        this.#port = Number(new URL(nats[0]).port)
        this.#monitoring = monitoring[0]
        return
      }
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
}
