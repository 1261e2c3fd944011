// Nats-servers and three hubs on loopback, as processes that can be killed and started again.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { main, StepFailed } from '../steps.mjs'
import { requireNatsServer } from './nats-server.mjs'

const SIZE = 3
const PAUSE_MS = 100
const LONGEST_PAUSE_MS = 1000
const PATIENCE_MS = 60_000
/**
 * Another program may take a port between its choice and the start of the server. About one start in forty ends with
 * servers that never know of each other's storage (nats-server 2.10.27).
 */
const ATTEMPTS = 3
const ELECTION_MS = 20_000

/** Calls `look` until it has a result, less often if it takes long. */
export async function until(look, what, patience = PATIENCE_MS) {
  const deadline = performance.now() + patience
  for (;;) {
    let reason = ''
    const asked = performance.now()
    const found = await Promise.resolve()
      .then(look)
      .catch((error) => {
        if (error instanceof StepFailed) throw error
        reason = ` (${error.message})`
      })
    if (found) return found
    if (performance.now() > deadline)
      throw new StepFailed(`gave up after ${patience / 1000} s: ${what}${reason}`)
    const pause = Math.min(Math.max(PAUSE_MS, 4 * (performance.now() - asked)), LONGEST_PAUSE_MS)
    await new Promise((resolve) => setTimeout(resolve, pause))
  }
}

/** A program that can be killed and started again. */
export class Program {
  #child
  #output = ''

  constructor(name, command, args) {
    Object.assign(this, { name, command, args })
  }

  get output() {
    return this.#output
  }

  get isRunning() {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** `ready`: what it prints when it is; otherwise it only has to run. */
  async start(ready) {
    this.#output = ''
    const child = spawn(this.command, this.args, { stdio: ['ignore', 'ignore', 'pipe'] })
    this.#child = child
    child.on('error', (error) => (this.#output += error.message))
    child.stderr.on('data', (chunk) => (this.#output = (this.#output + chunk).slice(-20_000)))
    await until(() => {
      if (child.exitCode !== null) throw new StepFailed(`${this.name} ended: ${this.#output}`)
      return ready === undefined || this.#output.includes(ready)
    }, `${this.name} starts: ${this.#output}`)
  }

  suspend() {
    this.#child.kill('SIGSTOP')
  }

  resume() {
    this.#child.kill('SIGCONT')
  }

  async kill(signal = 'SIGKILL') {
    if (!this.isRunning) return
    const ended = once(this.#child, 'exit')
    this.#child.kill(signal)
    await ended
  }
}

export class LocalCluster {
  #folder = mkdtempSync(join(tmpdir(), 'tocsin-cluster-'))
  #nats
  #natsServer
  #through
  #routesThrough
  #maxStore
  #program
  #settings
  #replicas
  servers = []
  hubs = []

  /**
   * `through`: returns the addresses by which the hubs reach those of the NATS servers. `routesThrough`: returns for each
   * NATS server the addresses by which it reaches those of all. `maxStore`: limit of the storage of each NATS server. `program`: file of the hub, if it is not this build. `settings`: returns more of the
   * configuration of each hub, such as its sources; without it they run none. `replicas`: number of NATS servers.
   */
  constructor({
    through = (addresses) => addresses,
    routesThrough = (addresses) => addresses.map(() => addresses),
    maxStore,
    program = main,
    settings,
    replicas = SIZE,
  } = {}) {
    this.#through = through
    this.#routesThrough = routesThrough
    this.#maxStore = maxStore
    this.#program = program
    this.#settings = settings
    this.#replicas = replicas
  }

  /** The sockets of the hubs, known before they start. */
  get sockets() {
    return this.#names.map((name) => this.#socketOf(name))
  }

  get #names() {
    return Array.from({ length: SIZE }, (_, at) => `hub${at + 1}`)
  }

  #socketOf(name) {
    return join(this.#folder, name, 'tocsin.sock')
  }

  async start() {
    chmodSync(this.#folder, 0o700)
    this.#natsServer = requireNatsServer()
    await this.#startServers(ATTEMPTS)
    this.reachable = await this.#through(this.addresses)
    this.hubs = this.#names.map((name, at) => this.#hub(name, at))
    // The first one creates the streams.
    for (const hub of this.hubs) await this.startHub(hub)
    await until(() => this.primary(), 'the hubs elect a primary')
  }

  /** `program`: file of the hub from now on. */
  startHub(hub, program) {
    if (program !== undefined) hub.args[0] = program
    return hub.start('is ready')
  }

  /** Gives every NATS server another limit of its storage, and starts it again. */
  async limitStore(maxStore) {
    this.#maxStore = maxStore
    for (const server of this.servers) {
      await server.kill('SIGTERM')
      server.configure()
      await server.start()
    }
  }

  /** The NATS server that leads the stream. */
  async leader() {
    const { cluster } = await this.ask('STREAM.INFO.TOCSIN')
    return this.servers.find(({ name }) => name === cluster.leader)
  }

  /** The hub that holds the lease, and leads. */
  async primary() {
    const { message } = await this.ask('STREAM.MSG.GET.KV_tocsin_primary', {
      last_by_subj: '$KV.tocsin_primary.lease',
    })
    const { name, term } = JSON.parse(Buffer.from(message.data, 'base64'))
    return term > 0 ? this.hubs.find((hub) => hub.name === name) : undefined
  }

  async ask(what, body = {}) {
    const answer = await this.#nats.request(`$JS.API.${what}`, JSON.stringify(body), { timeout: 2000 })
    const { error, ...rest } = answer.json()
    if (error !== undefined) throw new Error(error.description)
    return rest
  }

  async stop() {
    await Promise.all(this.hubs.map((hub) => hub.kill()))
    await this.#stopServers()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #startServers(attempts) {
    const ports = await freePorts(2 * this.#replicas)
    const [clients, routes] = [ports.slice(0, this.#replicas), ports.slice(this.#replicas)]
    this.addresses = clients.map((port) => `nats://127.0.0.1:${port}`)
    const reached = await this.#routesThrough(routes.map((port) => `127.0.0.1:${port}`))
    this.servers = clients.map((port, at) => this.#server(at, port, routes[at], reached[at]))
    try {
      for (const server of this.servers)
        await server.start(this.#isAlone ? 'Server is ready' : 'Listening for route connections')
      await this.#connect()
      const patience = attempts === 1 ? PATIENCE_MS : ELECTION_MS
      await until(() => this.#canStore(), 'the NATS servers elect a leader', patience)
    } catch (error) {
      if (attempts === 1) throw error
      await this.#stopServers()
      for (const { store } of this.servers) rmSync(store, { recursive: true, force: true })
      await this.#startServers(attempts - 1)
    }
  }

  async #stopServers() {
    await this.#nats?.close()
    await Promise.all(this.servers.map((server) => server.kill()))
  }

  async #connect() {
    // A clone in which nothing is installed must be able to read this file, to say so.
    const { connect } = await import('@nats-io/transport-node')
    this.#nats = await until(
      () => connect({ servers: this.addresses, maxReconnectAttempts: -1, pingInterval: 1000 }),
      'a NATS server answers',
    )
  }

  async #canStore() {
    const ended = this.servers.find(({ isRunning }) => !isRunning)
    if (ended !== undefined) throw new StepFailed(`${ended.name} ended: ${ended.output}`)
    const stream = { name: 'READY', subjects: ['ready'], num_replicas: this.#replicas, storage: 'memory' }
    await this.ask('STREAM.CREATE.READY', stream)
    return this.ask('STREAM.DELETE.READY')
  }

  #server(at, port, routePort, reached) {
    const name = `nats${at + 1}`
    const routes = reached.filter((_, other) => other !== at).map((route) => `nats://${route}`)
    const [file, store] = [join(this.#folder, `${name}.conf`), join(this.#folder, name)]
    const configure = () => {
      const limit = this.#maxStore === undefined ? '' : `, max_file_store: ${this.#maxStore}`
      const lines = [
        `server_name: ${name}`,
        `listen: "127.0.0.1:${port}"`,
        `jetstream { store_dir: "${store}"${limit} }`,
        ...(this.#isAlone ? [] : [clusterLine(routePort, routes)]),
      ]
      writeFileSync(file, `${lines.join('\n')}\n`)
    }
    configure()
    return Object.assign(new Program(name, this.#natsServer, ['-c', file]), { configure, store })
  }

  /** A server that is alone belongs to no cluster: it would wait for others. */
  get #isAlone() {
    return this.#replicas === 1
  }

  #hub(name, at) {
    const folder = join(this.#folder, name)
    mkdirSync(folder, { mode: 0o700 })
    const [file, socket] = [join(folder, 'tocsin.yaml'), this.#socketOf(name)]
    const config = {
      log: { engine: 'jetstream' },
      nats: { servers: this.reachable, replicas: this.#replicas },
      cluster: { name },
      ...this.#settings?.(at),
    }
    writeFileSync(file, JSON.stringify(config))
    const places = ['--config', file, '--data', join(folder, 'data'), '--socket', socket]
    const sources = this.#settings === undefined ? ['--no-sources'] : []
    const serve = [this.#program, 'serve', ...places, '--http', '127.0.0.1:0', ...sources]
    return Object.assign(new Program(name, process.execPath, serve), { socket })
  }
}

function clusterLine(port, routes) {
  return `cluster { name: demo, listen: "127.0.0.1:${port}", no_advertise: true, routes: [${routes.join(', ')}] }`
}

async function freePorts(count) {
  const holders = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(holders.map((holder) => once(holder, 'listening')))
  const ports = holders.map((holder) => holder.address().port)
  await Promise.all(holders.map((holder) => new Promise((resolve) => holder.close(resolve))))
  return ports
}
