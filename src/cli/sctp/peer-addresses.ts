import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { TocsinError } from '../../event/errors.js'
import type { Address } from '../../faces/sctp/index.js'

export interface PeerAddresses {
  family: 'ipv4' | 'ipv6'
  addresses: Address[]
}

/** `host:port`, `[::1]:port`; further addresses of the same end with the same port or none. */
export async function peerAddresses(texts: readonly string[]): Promise<PeerAddresses> {
  const parts = texts.map(splitAddress)
  const port = parts[0].port
  if (port === undefined) throw usage(`${texts[0]} has no port: host:port or [address]:port`)
  const other = parts.find((part) => part.port !== undefined && part.port !== port)
  if (other) throw usage('all addresses of one end have the same port')
  const hosts = await Promise.all(parts.map(({ host }) => resolve(host)))
  return {
    family: hosts.every((host) => isIP(host) === 4) ? 'ipv4' : 'ipv6',
    addresses: hosts.map((host) => [host, port]),
  }
}

function splitAddress(text: string): { host: string; port?: number } {
  if (isIP(text) !== 0) return { host: text }
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/i.exec(text)
  if (match === null) throw usage(`${text} is no address such as 127.0.0.1:38412 or [::1]:38412`)
  const port = match[3] === undefined ? undefined : Number(match[3])
  if (port !== undefined && port > 65535) throw usage(`${port} is no port`)
  return { host: match[1] ?? match[2], port }
}

async function resolve(host: string): Promise<string> {
  if (isIP(host) !== 0) return host
  try {
    return (await lookup(host)).address
  } catch (cause) {
    throw new TocsinError('TCN_USAGE', `there is no host ${host}`, { cause })
  }
}

const usage = (message: string) => new TocsinError('TCN_USAGE', message)
