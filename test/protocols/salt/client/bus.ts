import { type ChildProcess, spawn } from 'node:child_process'
import { type AddressInfo, createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { vi } from 'vitest'
import {
  masterSockets,
  minionSockets,
  type SocketPaths,
} from '../../../../src/protocols/salt/codec/sockets.js'
import { temporaryFolder } from '../../../helpers/temporary-folder.js'
import { requireTool } from '../../../helpers/tools.js'

const script = fileURLToPath(new URL('bus.py', import.meta.url))

export interface BusOptions {
  /** The id of a minion, for a minion's bus; default: the master's bus. */
  minion?: string
  tcp?: boolean
  /** Whether to use the framing of 2016. */
  old?: boolean
}

/** An event bus in Python, written from the reference, independently of our codec. */
export class Bus implements AsyncDisposable {
  readonly sockDir = temporaryFolder('salt')
  readonly addresses: SocketPaths
  readonly #old: boolean
  #child: ChildProcess | undefined
  #said: string[] = []

  static async start(options: BusOptions = {}): Promise<Bus> {
    const bus = new Bus(options, options.tcp ? await freePorts() : undefined)
    await bus.start()
    return bus
  }

  private constructor(options: BusOptions, ports: SocketPaths | undefined) {
    const { minion, old = false } = options
    this.#old = old
    const paths = minion === undefined ? masterSockets(this.sockDir) : minionSockets(this.sockDir, minion)
    this.addresses = ports ?? paths
  }

  async start(): Promise<void> {
    const { pub, pull } = this.addresses
    const python = requireTool('python3-msgpack')
    this.#said = []
    const child = spawn(python, [script, pub, pull, ...(this.#old ? ['--old'] : [])], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#child = child
    let rest = ''
    child.stdout.on('data', (chunk) => {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() as string
      this.#said.push(...lines)
    })
    await this.says('ready')
  }

  async stop(): Promise<void> {
    const child = this.#child as ChildProcess
    if (child.signalCode !== null) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
  }

  /** Waits until the bus has printed this line the given number of times. */
  async says(line: string, times = 1): Promise<void> {
    const isSaid = () => this.#said.filter((one) => one === line).length >= times
    await vi.waitUntil(isSaid, { timeout: 30_000, interval: 5 })
  }

  /** Frames that the bus has pulled, in hex. */
  get pulled(): string[] {
    return this.#said.filter((line) => line.startsWith('pulled ')).map((line) => line.slice(7))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}

async function freePorts(): Promise<SocketPaths> {
  const servers = [createServer(), createServer()]
  const [pub, pull] = await Promise.all(
    servers.map(async (server) => {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return String((server.address() as AddressInfo).port)
    }),
  )
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return { pub, pull }
}
