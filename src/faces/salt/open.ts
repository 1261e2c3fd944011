import { channel } from 'node:diagnostics_channel'
import { isDeepStrictEqual } from 'node:util'
import type { Extent } from '../../access/rights.js'
import { pathEnvironment } from '../../config/home.js'
import { expandHome } from '../../config/paths.js'
import { formatFilter, parseFilter } from '../../filter/index.js'
import type { PartConfig } from '../../parts/definition.js'
import { masterSockets, minionSockets } from '../../protocols/salt/codec/sockets.js'
import type { MetricSample } from '../../types/metric.js'
import type { FaceHost, FaceListener, OpenFace } from '../face.js'
import { sessionBucket } from '../shared/session-bucket.js'
import { type DropReport, DropReporter } from './bus/drop-reporter.js'
import { groupId } from './bus/listener.js'
import { SaltBus, type SaltBusOptions } from './bus/salt-bus.js'
import { type SaltBusConfig, type SaltConfig, saltSource } from './config.js'
import type { SaltRestConfig } from './rest/config.js'
import type { RestLimits } from './rest/context.js'
import type { EauthSettings } from './rest/eauth.js'
import type { RestServer } from './rest/server.js'

/** Reported on the channel `tocsin:salt:fault`, for the hub's standard error; at most once a second for each reason. */
export interface SaltFault extends DropReport {
  source: string
  /** Events dropped, or connections closed. */
  what: 'dropped' | 'closed'
}

const faults = channel('tocsin:salt:fault')

export async function openSalt(host: FaceHost, buses: SaltConfig, limits: RestLimits): Promise<OpenFace> {
  const face = new SaltFace(host, buses, limits)
  try {
    for (const bus of buses) await face.listen(bus)
  } catch (error) {
    await face.close()
    throw error
  }
  return face
}

/** The configured event buses with Salt's sockets. */
class SaltFace implements OpenFace {
  readonly #host: FaceHost
  readonly #configs: SaltConfig
  readonly #limits: RestLimits
  readonly #buses: SaltBus[] = []
  readonly #closings: DropReporter[] = []
  readonly #rest: { server: RestServer; address: string }[] = []

  constructor(host: FaceHost, configs: SaltConfig, limits: RestLimits) {
    this.#host = host
    this.#configs = configs
    this.#limits = limits
  }

  get listeners(): FaceListener[] {
    const doors = this.#buses.flatMap((salt) => salt.listeners)
    return [
      ...doors.map(({ address, peers }) => ({ address, connections: peers.size })),
      ...this.#rest.map(({ server, address }) => ({
        face: 'salt-api',
        address,
        connections: server.connections,
      })),
    ]
  }

  /** Events that were dropped since the start. */
  *samples(): Iterable<MetricSample> {
    for (const { source, dropped } of this.#buses) {
      for (const [code, value] of dropped) {
        yield { name: 'tocsin_salt_dropped_events_total', value, labels: { source, code } }
      }
    }
  }

  async listen(config: SaltBusConfig): Promise<void> {
    const { bus, access, runtime, budgets, publish, reports } = this.#host
    const name = saltSource(config.bus)
    this.#grant(config)
    const report = (fault: SaltFault) => faults.publish(fault)
    const closings = new DropReporter(runtime, (drops) => report({ what: 'closed', source: name, ...drops }))
    this.#closings.push(closings)
    const { tcp, maxLag, maxFrame } = config
    const salt = new SaltBus({
      bus,
      runtime,
      principal: access.principal(name),
      sockets: await socketsOf(config),
      tcp,
      maxLag,
      maxFrame,
      budgets,
      refused: (error, peer) => {
        reports.refused(error, peer)
        closings.add(error.code, error.message)
      },
      dropped: ({ source, ...drops }) => {
        report({ what: 'dropped', source, ...drops })
        publish({ tag: `hub/dropped/${source}`, data: { source, ...drops } })
      },
    })
    await salt.listen()
    this.#buses.push(salt)
    if (config.rest !== undefined) await this.#listenRest(config, config.rest)
  }

  /** The limits of the interface of salt-api are all that can change. */
  change({ salt, 'limits.http': limits }: PartConfig): boolean {
    if (!isDeepStrictEqual(salt, this.#configs)) return false
    for (const { server } of this.#rest) server.limit(limits as RestLimits)
    return true
  }

  unbind(): void {
    for (const salt of this.#buses) salt.unbind()
    for (const { server } of this.#rest) server.unbind()
  }

  async bind(): Promise<void> {
    // A replacement may have been given other rights in the meantime.
    for (const config of this.#configs) this.#grant(config)
    for (const salt of this.#buses) await salt.bind()
    for (const { server } of this.#rest) await server.bind()
  }

  async leave(reason: string): Promise<void> {
    await Promise.all(this.#buses.map((salt) => salt.drain()))
    await Promise.all(this.#rest.map(({ server }) => server.leave(reason)))
    await this.close()
  }

  async drain(): Promise<void> {
    for (const { server } of this.#rest) server.drain()
    await Promise.all(this.#buses.map((salt) => salt.drain()))
  }

  async close(): Promise<void> {
    await Promise.all([
      ...this.#buses.map((salt) => salt.close()),
      ...this.#rest.map(({ server }) => server.close()),
    ])
    for (const closings of this.#closings) closings.close()
  }

  #grant(config: SaltBusConfig): void {
    const name = saltSource(config.bus)
    this.#host.access.grant(name, { source: name, publish: '*', see: visible(config) })
  }

  /** Opens the interface of salt-api for a bus that is already listening. */
  async #listenRest({ bus: name, show, maxLag }: SaltBusConfig, settings: SaltRestConfig): Promise<void> {
    const { RestServer } = await import('./rest/server.js')
    const { access, bus, runtime, budgets, sessions: numbers, state, reports } = this.#host
    const tls = settings.disableSsl ? undefined : this.#host.certificate()
    const server = await RestServer.open({
      name,
      bus,
      runtime,
      authorize: access.authorize,
      identify: access.identify,
      access,
      sessionBucket: sessionBucket(state),
      loginRefused: access.loginRefused.bind(access),
      publisher: access.principal(saltSource(name)),
      show,
      maxLag,
      settings: { ...settings, eauth: withPaths(settings.eauth) },
      limits: this.#limits,
      budgets,
      numbers,
      refused: reports.refused,
    })
    try {
      this.#rest.push({ server, address: await server.listen({ ...settings.address, tls }) })
    } catch (error) {
      await server.close()
      throw error
    }
  }
}

/** The events that subscribers see: the bus's own and those configured. On a minion some tags are commands. */
function visible({ bus, show }: SaltBusConfig): Extent {
  const own = { exact: { source: saltSource(bus) } }
  if (show.length === 0) return [own]
  const shown = parseFilter(show)
  return shown.op === 'everything' ? '*' : [own, formatFilter(shown)]
}

async function socketsOf(config: SaltBusConfig): Promise<SaltBusOptions['sockets']> {
  const { node, tcp, sockDir, group, id, hashId, hashType } = config
  if (sockDir === undefined && tcp !== undefined) return undefined
  const folder = expanded(sockDir ?? `/var/run/salt/${node}`)
  if (node === 'minion') {
    const { pub, pull } = minionSockets(folder, hashId ?? id ?? '', hashType)
    return { pub: { path: pub, mode: 0o600 }, pull: { path: pull, mode: 0o600 } }
  }
  const { pub, pull } = masterSockets(folder)
  const gid = group === undefined ? undefined : await groupId(group)
  return { pub: { path: pub, mode: 0o660, gid }, pull: { path: pull, mode: 0o600 } }
}

function withPaths({ file, sharedsecret, ...rest }: EauthSettings): EauthSettings {
  return { ...rest, file: file && withPath(file), sharedsecret: sharedsecret && withPath(sharedsecret) }
}

function withPath<Settings extends { filename: string }>(settings: Settings): Settings {
  return { ...settings, filename: expanded(settings.filename) }
}

function expanded(path: string): string {
  return expandHome(path, pathEnvironment())
}
