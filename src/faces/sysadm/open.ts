import { isDeepStrictEqual } from 'node:util'
import { LongWork } from '../../incremental/long-work.js'
import type { PartConfig } from '../../parts/definition.js'
import type { MetricSample } from '../../types/metric.js'
import type { FaceHost, FaceListener, OpenFace } from '../face.js'
import type { SysadmHttpLimits } from './answer.js'
import { Blacklist } from './blacklist.js'
import { BridgeLink } from './bridges/link.js'
import { fingerprintOf, sysadmCertificate } from './certificate.js'
import { Challenges } from './challenges.js'
import { bridgeUrl, type SysadmConfig } from './config.js'
import type { SysadmContext } from './context.js'
import { EventFormats } from './event-formats.js'
import { filterOf, LastEvents } from './last-events.js'
import { LoginKeys } from './login-keys.js'
import { openLogins } from './logins.js'
import { OwnView } from './own-view.js'
import { SysadmRest } from './rest.js'
import { SysadmServer } from './server.js'
import { WaitingJobs } from './waiting-jobs.js'

export async function openSysadm(
  host: FaceHost,
  config: SysadmConfig,
  limits: SysadmHttpLimits,
): Promise<OpenFace> {
  const face = new SysadmFace(await contextOf(host, config), config)
  try {
    await face.listen(config, limits)
    face.dial(config.bridges)
  } catch (error) {
    await face.close()
    throw error
  }
  return face
}

async function contextOf(host: FaceHost, config: SysadmConfig): Promise<SysadmContext> {
  const { runtime, bus, types, state } = host
  const view = new OwnView(host)
  const keys = await LoginKeys.open(state.bucket('principals'))
  return {
    host,
    logins: await openLogins(host, keys),
    challenges: new Challenges(runtime),
    blacklist: new Blacklist(runtime, config.blacklist),
    keys,
    formats: new EventFormats({ spelling: config.spelling, epoch: bus.epoch, typeOf: types.typeOf }),
    view,
    last: new LastEvents(view),
    waitingJobs: config.spelling === 'genuine' ? new WaitingJobs(runtime) : undefined,
    longWork: new LongWork(runtime),
    strangers: new LongWork(runtime, { isSmall: true, face: 'sysadm', what: 'strangers' }),
    requests: new LongWork(runtime, { isSmall: true, face: 'sysadm', what: 'requests' }),
  }
}

class SysadmFace implements OpenFace {
  readonly notes: string[] = []
  readonly #context: SysadmContext
  readonly #config: SysadmConfig
  /** By address. */
  readonly #links = new Map<string, BridgeLink>()
  readonly #servers: { server: SysadmServer | SysadmRest; address: string; face: string }[] = []

  constructor(context: SysadmContext, config: SysadmConfig) {
    this.#context = context
    this.#config = config
    context.keys.changed = () => {
      for (const link of this.#links.values()) link.announceKeys()
    }
  }

  get listeners(): FaceListener[] {
    const servers = this.#servers.map(({ server, address, face }) => ({
      face,
      address,
      connections: server.connections,
    }))
    const links = [...this.#links.values()].map(({ url, isConnected }) => ({
      face: 'sysadm-bridge',
      address: url,
      connections: Number(isConnected),
    }))
    return [...servers, ...links]
  }

  *samples(): Iterable<MetricSample> {
    for (const { url: bridge, isConnected, sessions } of this.#links.values()) {
      const labels = { bridge }
      yield { name: 'tocsin_sysadm_connected_bridges', value: Number(isConnected), labels }
      yield { name: 'tocsin_sysadm_bridge_sessions', value: sessions, labels }
    }
  }

  async listen({ listen, rest, tls: files }: SysadmConfig, limits: SysadmHttpLimits): Promise<void> {
    const { host, last, view, waitingJobs } = this.#context
    const tls = listen && (await sysadmCertificate(host, files))
    await last.open()
    if (waitingJobs !== undefined)
      await view.follow(filterOf('dispatcher'), (event) => waitingJobs.seen(event))
    if (listen !== undefined && tls !== undefined) {
      const server = new SysadmServer(this.#context, limits)
      this.#servers.push({ server, face: 'sysadm', address: await server.listen({ ...listen, tls }) })
      this.notes.push(`SysAdm: SHA-256 fingerprint of the certificate ${fingerprintOf(tls)}`)
    }
    if (rest !== undefined) {
      const server = new SysadmRest(this.#context, limits)
      this.#servers.push({ server, face: 'sysadm-rest', address: await server.listen({ ...rest, tls }) })
    }
  }

  /** Bridges and limits can change while clients stay connected. */
  change({ sysadm, 'limits.http': limits }: PartConfig): boolean {
    const { bridges, ...rest } = sysadm as SysadmConfig
    const { bridges: _, ...own } = this.#config
    if (!isDeepStrictEqual(rest, own)) return false
    if (rest.listen === undefined && bridges.length === 0) return false
    this.dial(bridges)
    for (const { server } of this.#servers) server.limit(limits as SysadmHttpLimits)
    return true
  }

  unbind(): void {
    for (const { server } of this.#servers) server.unbind()
  }

  async bind(): Promise<void> {
    for (const { server } of this.#servers) await server.bind()
  }

  async leave(): Promise<void> {
    for (const link of this.#links.values()) link.leave()
    for (const { server } of this.#servers) server.drain()
    await this.close()
  }

  /** Dials these bridges from now on, and leaves others. Nothing waits for them. */
  dial(bridges: SysadmConfig['bridges']): void {
    const links = this.#links
    const wanted = new Map(bridges.map((entry) => [bridgeUrl(entry), entry]))
    for (const [url, link] of links) {
      if (isDeepStrictEqual(link.entry, wanted.get(url))) continue
      link.leave()
      links.delete(url)
    }
    for (const [url, entry] of wanted) {
      if (links.has(url)) continue
      const link = new BridgeLink(this.#context, entry)
      links.set(url, link)
      link.start()
    }
  }

  drain(): void {
    for (const link of this.#links.values()) link.stop()
    for (const { server } of this.#servers) server.drain()
  }

  async close(): Promise<void> {
    const { view, waitingJobs, logins, keys } = this.#context
    view.close()
    keys.close()
    waitingJobs?.close()
    await Promise.all(this.#servers.map(({ server }) => server.close()))
    logins.close()
  }
}
