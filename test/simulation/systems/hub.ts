import { clusterConfig } from '../../../src/cluster/config.js'
import { defineFace, type FaceHost } from '../../../src/faces/face.js'
import { DEFAULT_HTTP_LIMITS } from '../../../src/faces/http/context.js'
import { httpServer } from '../../../src/faces/http/open.js'
import { nativeServer, opened } from '../../../src/faces/native/open.js'
import { hubConfig } from '../../../src/hub/config/index.js'
import { eventTypes } from '../../../src/hub/event-types.js'
import { Hub } from '../../../src/hub/hub.js'
import { jetstreamEngine } from '../../../src/log/jetstream/engine.js'
import { partFaults } from '../../../src/parts/boundary.js'
import { beginnings } from '../../../src/parts/work.js'
import { natsConfig } from '../../../src/storage/nats/config.js'
import { connectionCuts } from '../../../src/transport/cuts.js'
import { upstreamsConfig } from '../../../src/upstream/config.js'
import { upstreamSource } from '../../../src/upstream/index.js'
import { webSocketOver } from '../base/web-socket.js'
import type { Process } from '../base/world.js'
import { Disk, DiskLog } from './disk-log.js'
import { simulatedRules } from './rules.js'
import type { Receiver } from './sink.js'
import type { System } from './system.js'

/**
 * These channels belong to the real process, in which all hubs of all runs would hear each other and none would ever end:
 * killed ones too would measure the work of the others.
 */
for (const channel of [beginnings, connectionCuts, partFaults]) channel.subscribe = () => undefined

export interface HubSettings {
  name: string
  /** ms */
  ttl?: number
  window?: number
  /** Names of the hubs to which it forwards: it is an edge hub then, with a log of its own. */
  core?: readonly string[]
  /** It connects to them by WebSocket. */
  isWeb?: boolean
  /** Older events are not forwarded, ms; 0: all are. */
  maxAge?: number
  hasRules?: boolean
  /** Gets what the sink of the hub delivers. */
  receiver?: Receiver
}

/** A whole hub that can be killed and started again. */
export class SimulatedHub {
  readonly name: string
  hub: Hub | undefined
  process: Process
  /** Starts that have failed, as a supervisor would repeat them. */
  failedStarts = 0
  readonly #system: System
  readonly #settings: HubSettings
  /** Of an edge hub, which has a log of its own. */
  readonly disk: Disk

  constructor(system: System, settings: HubSettings) {
    this.name = settings.name
    this.#system = system
    this.#settings = settings
    this.disk = new Disk(`${system.world.seed} disk of ${settings.name}`)
    this.process = this.#start()
  }

  kill(): void {
    this.hub = undefined
    this.#system.tell(`${this.name} is killed`)
    this.#system.world.kill(this.process)
  }

  restart(): void {
    if (!this.process.isDead) return
    this.#system.tell(`${this.name} is started again`)
    this.process = this.#start()
  }

  #start(): Process {
    const process = this.#system.world.process(this.name)
    process.runtime.after(0, () => {
      this.#open(process).catch((error: Error) => {
        this.failedStarts++
        this.#system.tell(`${this.name} ends as it cannot begin: ${error.message}`)
        process.runtime.after(1000, () => {
          this.#system.world.kill(process)
          this.process = this.#start()
        })
      })
    })
    return process
  }

  async #open(process: Process): Promise<void> {
    const { name, core } = this.#settings
    const { runtime } = process
    const config = this.#config()
    const { addresses } = this.#system
    const dial = (server: string) => {
      const { protocol, hostname } = new URL(server)
      if (protocol === 'tcp:') return addresses.dial(process, hostname, hostname)
      return webSocketOver(addresses.dial(process, hostname, webOf(hostname)))
    }
    const upstreams = upstreamsConfig.parse(core === undefined ? [] : [this.#upstream(core)])
    const hub = await Hub.open({
      config,
      runtime,
      data: undefined,
      sources: upstreams.map((upstream) => upstreamSource(upstream, dial)),
      types: eventTypes,
      ...(core === undefined
        ? { openLink: this.#system.linkOf(process) }
        : { openLog: async () => new DiskLog(this.disk, runtime) }),
    })
    await hub.open(this.#face(process), {})
    if (this.#settings.receiver !== undefined)
      await hub.sinks.configure([this.#settings.receiver.sinkOf(process)])
    hub.start()
    this.hub = hub
    this.#system.tell(`${name} serves clients`)
  }

  #upstream(core: readonly string[]) {
    const { name, isWeb = false, maxAge = 0 } = this.#settings
    const servers = core.map((each) => `${isWeb ? 'ws' : 'tcp'}://${each}:1`)
    return { name: 'core', edge: name, from: 'start', servers, ...(maxAge > 0 && { maxAge: `${maxAge}ms` }) }
  }

  #config() {
    const { name, ttl = 5000, window = 16, core, hasRules = false } = this.#settings
    const config = hubConfig.parse({ listen: { unix: [], http: 'off' }, process: { watch: '10s' } })
    if (core !== undefined) return config
    if (hasRules) config.rules = simulatedRules()
    config.log.engine = jetstreamEngine.name as never
    config.nats = natsConfig.parse({ prefix: 'sim', stream: 'SIM', window })
    config.cluster = clusterConfig.parse({ name, ttl: `${ttl}ms`, address: `tcp://${name}:1` })
    return config
  }

  #face(process: Process) {
    const { addresses, seen } = this.#system
    const { name } = this
    return defineFace({
      name: 'simulation',
      config: {},
      async open(host) {
        const web = await webServer(host)
        addresses.listen(webOf(name), process, (stream) => {
          seen.add('edge hub by WebSocket')
          web.accept(stream)
        })
        const server = await nativeServer(host)
        addresses.listen(name, process, (stream) =>
          server.accept(stream, {
            address: `tcp://${name}`,
            identify: host.access.identify,
            principal: host.access.principal('admin'),
          }),
        )
        return opened(server, [])
      },
    })
  }
}

/** The address of a hub for WebSockets. */
function webOf(hub: string): string {
  return `${hub} by http`
}

/** Everybody who comes by HTTP is an administrator, as by the other listener. */
function webServer(host: FaceHost) {
  const principal = host.access.principal('admin')
  const { authorize, find } = host.access
  const access = { authorize, find, principal: () => principal, identify: () => ({ principal }) }
  return httpServer(
    { ...host, access: access as unknown as FaceHost['access'] },
    { hosts: [], origins: [] },
    DEFAULT_HTTP_LIMITS,
  )
}
