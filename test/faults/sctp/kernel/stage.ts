import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { type Address, SctpSocket, type SctpSocketOptions } from '../../../../src/protocols/sctp/index.js'
import { Recorder } from './recorder.js'

let lastPort = Number(process.env.sctp_first_port ?? 20_000)

export const nextPort = () => ++lastPort
export const text = (data: Uint8Array) => Buffer.from(data).toString()
export const bytes = (value: string) => Buffer.from(value)

/** Sets a value of this network namespace only. */
export function sysctl(name: string, value: number): void {
  writeFileSync(`/proc/sys/net/sctp/${name}`, String(value))
}

/** The host for the end whose address stays. Addresses of loopback scope cannot reach others. */
export const permanentHost = '10.9.0.1'

/** Adds an address to this machine that can be removed, as if a cable were cut. */
export const addAddress = (host: string) => ip('add', host)
export const removeAddress = (host: string) => ip('del', host)

function ip(action: string, host: string): void {
  execFileSync('busybox', ['ip', 'addr', action, `${host}/32`, 'dev', 'lo'])
}

/** Makes a socket give up in a fraction of a second instead of minutes. */
export function beHasty(socket: SctpSocket): void {
  socket.setOption('SCTP_RTOINFO', { srto_initial: 60, srto_min: 50, srto_max: 100 })
  socket.setOption('SCTP_ASSOCINFO', { sasoc_asocmaxrxt: 3 })
  socket.setOption('SCTP_PEER_ADDR_PARAMS', { spp_hbinterval: 50, spp_pathmaxrxt: 1, spp_flags: 1 })
}

export interface End {
  socket: SctpSocket
  seen: Recorder
  address: Address
}

/** Creates a one-to-many socket with a recorder. */
export function end(
  options: SctpSocketOptions = {},
  host = '127.0.0.1',
  before?: (socket: SctpSocket) => void,
): End {
  const socket = new SctpSocket({ family: 'ipv4', ...options })
  const address: Address = [host, nextPort()]
  before?.(socket)
  socket.bind(address)
  return { socket, seen: new Recorder(socket), address }
}

export interface Pair {
  client: End
  server: End
  /** The id of the association at each end. */
  ids: { client: number; server: number }
}

export interface PairOptions {
  clientHost?: string
  serverHost?: string
  client?: SctpSocketOptions
  server?: SctpSocketOptions
  /** Called for both sockets before they are bound. */
  before?: (socket: SctpSocket) => void
}

/** Creates two ends with an association between them. */
export async function pair(options: PairOptions = {}): Promise<Pair> {
  const server = end(options.server, options.serverHost, options.before)
  const client = end(options.client, options.clientHost, options.before)
  server.socket.listen()
  await client.socket.connect(server.address)
  const up = { client: await isUp(client), server: await isUp(server) }
  return { client, server, ids: up }
}

/** Resolves with the id of an association that has come up. */
export async function isUp({ seen }: End): Promise<number> {
  return (await seen.notification('SCTP_ASSOC_CHANGE', ({ sac_state }) => sac_state === 0)).sac_assoc_id
}

export function close({ client, server }: { client: End; server: End }): void {
  client.socket.close()
  server.socket.close()
}
