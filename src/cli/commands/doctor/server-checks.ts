import { connect } from 'node:net'
import { showAddress } from '../../../client/transport/address.js'
import { formatAddress } from '../../../config/values/address.js'
import type { HubConfig } from '../../../hub/config/index.js'
import { jetstreamEngine } from '../../../log/jetstream/engine.js'
import type { SinkConfig } from '../../../sinks/config.js'
import { otlpAddresses } from '../../../sinks/otlp/config.js'
import { placeOf } from '../../../sources/ncs/config.js'
import { natsConfig } from '../../../storage/nats/config.js'
import { readUpstreamAddress } from '../../../upstream/address.js'
import { plural } from '../../terminal/figures.js'
import { type Check, ok, warning, wrong } from './finding.js'

/** Less than a check may take. */
const REACH_MS = 3_000
const NATS_PORT = 4222
const isEncrypted = /^(?:https|wss):$/

type Place = { host: string; port: number } | { path: string }

interface Server {
  /** The address without its path, which may hold a secret. */
  text: string
  place: Place
}

/** Servers of which the hub uses any one. */
interface Service {
  name: string
  servers: readonly Server[]
  /** Advice for a hub that uses none. */
  next: string
}

const upstreams: Check = {
  name: 'upstreams',
  async run({ config }) {
    const services = config.upstreams.map(({ name, servers }) => ({
      name,
      servers: servers.map(upstreamServer),
      next: `start the hub there, or correct servers of the upstream ${name}; events wait here`,
    }))
    return examineAll(services)
  },
}

function upstreamServer(text: string): Server {
  const address = readUpstreamAddress(text)
  if (address.kind === 'unix') return { text: address.path, place: address }
  if (address.kind === 'web-socket') return urlServer(address.url)
  return { text: showAddress(address), place: address }
}

const nats: Check = {
  name: 'nats',
  async run({ config: { log, nats = natsConfig.parse({}) } }) {
    if (log.engine !== jetstreamEngine.name) return []
    const servers = nats.servers.map((server) => urlServer(server, NATS_PORT))
    return examineAll([{ name: 'log', servers, next: 'start the servers of NATS, or correct nats.servers' }])
  },
}

const destinations: Check = {
  name: 'destinations',
  async run({ config }) {
    const services = Object.entries(config.sinks).flatMap(([name, sink]) =>
      sinkServers(sink).map((server) => ({
        name,
        servers: [server],
        next: `start the server, or correct sinks.${name}; events wait meanwhile`,
      })),
    )
    return examineAll(services)
  },
}

const ncs: Check = {
  name: 'ncs',
  async run({ config: { sources } }) {
    return examineAll(
      sources.ncs.map(({ name, ...entry }) => {
        const place = placeOf(entry)
        const text = 'path' in place ? place.path : formatAddress(place)
        const next = `start NSO, or correct its entry in sources.ncs; \`tocsin help ncs attach\``
        return { name: `ncs/${name}`, servers: [{ text, place }], next }
      }),
    )
  },
}

const devices: Check = {
  name: 'devices',
  async run({ config: { sources, listen } }) {
    const dialed = sources.netconf.filter(({ callHome }) => !callHome)
    const overSsh = dialed.map(({ name, ...place }) => ({
      name: `netconf/${name}`,
      servers: [{ text: formatAddress(place), place }],
      next: `check the device, or correct its entry in sources.netconf; \`tocsin netconf hello ${formatAddress(place)}\``,
    }))
    const overHttp = sources.restconf.map(({ name, url }) => ({
      name: `restconf/${name}`,
      servers: [urlServer(url)],
      next: 'check the device, or correct its entry in sources.restconf',
    }))
    const found = await examineAll([...overSsh, ...overHttp])
    const faults = found.filter(({ state }) => state !== 'ok')
    const well = found.length - faults.length
    return [
      ...(well > 0 ? [ok(`${plural(well, 'device')} can be reached`)] : []),
      ...faults,
      ...unheardDevices(sources.netconf, listen.callHome),
    ]
  },
}

/** For each transport on which the hub does not listen, a device that calls home over it. */
function unheardDevices(devices: HubConfig['sources']['netconf'], listen: HubConfig['listen']['callHome']) {
  const callers = devices.filter(({ callHome }) => callHome)
  return (['ssh', 'tls'] as const).flatMap((transport) => {
    const unheard = callers.find(({ tls }) => (tls !== undefined) === (transport === 'tls'))
    if (unheard === undefined || (listen !== 'off' && listen[transport] !== undefined)) return []
    const key = `listen.callHome${listen === 'off' && transport === 'ssh' ? '' : `.${transport}`}`
    return [wrong(`${unheard.name} cannot call home: ${key} is off`, `set ${key} to an address`)]
  })
}

/** All servers that a sink needs; none for sinks that stay on this machine. */
function sinkServers(sink: SinkConfig): Server[] {
  switch (sink.type) {
    case 'webhook':
      return [urlServer(sink.url)]
    case 'otlp':
      return otlpAddresses(sink).map((url) => urlServer(url))
    case 'mail':
      return [{ text: formatAddress(sink.server), place: sink.server }]
    case 'mqtt':
      return [{ text: formatAddress(sink.broker), place: sink.broker }]
    case 'postgresql':
      return [{ text: formatAddress(sink.place), place: sink.place }]
    case 'syslog':
      return [{ text: formatAddress(sink.address), place: sink.address }]
    default:
      return []
  }
}

function urlServer(text: string, usualPort?: number): Server {
  const { protocol, hostname, port } = new URL(text)
  const usual = usualPort ?? (isEncrypted.test(protocol) ? 443 : 80)
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  const place = { host, port: Number(port) || usual }
  return { text: `${protocol}//${formatAddress(place)}`, place }
}

async function examineAll(services: readonly Service[]) {
  const examined = services.filter(({ servers }) => servers.length > 0).map(examine)
  return (await Promise.all(examined)).flat()
}

async function examine({ name, servers, next }: Service) {
  const faults = await Promise.all(servers.map(({ place }) => reach(place)))
  const isUsable = faults.includes(undefined)
  return servers.map(({ text }, at) => {
    if (faults[at] === undefined) return ok(`${name}: ${text} can be reached`)
    const fault = `${name}: ${text} cannot be reached: ${faults[at]}`
    return isUsable ? warning(fault, 'another one is used') : wrong(fault, next)
  })
}

/** The code of the system error if nobody accepts a connection. */
function reach(place: Place): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(place)
    const end = (fault?: string) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(fault)
    }
    const timer = setTimeout(() => end(`no answer within ${REACH_MS / 1000} s`), REACH_MS)
    socket.once('connect', () => end())
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message))
  })
}

export const serverChecks = [upstreams, nats, devices, ncs, destinations]
