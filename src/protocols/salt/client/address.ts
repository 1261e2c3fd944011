import { TocsinError } from '../../../errors/tocsin-error.js'
import { masterSockets, minionSockets } from '../codec/sockets.js'
import type { SaltOpts } from './opts.js'

/** One socket of an event bus. */
export type SaltAddress = { path: string } | { host: string; port: number }

export interface SaltAddresses {
  pub: SaltAddress
  pull: SaltAddress
}

const LOOPBACK = '127.0.0.1'

/** The addresses of the bus of this node. Every node except `master` is a minion. Throws TCN_SALT_CONFIG. */
export function busAddresses(node: string, opts: SaltOpts): SaltAddresses {
  const isMaster = node === 'master'
  if (opts.ipc_mode === 'tcp') {
    const ports = isMaster
      ? { pub: opts.tcp_master_pub_port, pull: opts.tcp_master_pull_port }
      : { pub: opts.tcp_pub_port, pull: opts.tcp_pull_port }
    return { pub: loopback(ports.pub), pull: loopback(ports.pull) }
  }
  const paths = isMaster ? masterSockets(opts.sock_dir) : pathsOfMinion(opts)
  return { pub: { path: paths.pub }, pull: { path: paths.pull } }
}

export function showAddress(address: SaltAddress): string {
  return 'path' in address ? address.path : `${address.host}:${address.port}`
}

function loopback(value: unknown): SaltAddress {
  const port = Number(value)
  if (Number.isInteger(port) && port > 0 && port < 65_536) return { host: LOOPBACK, port }
  throw new TocsinError('TCN_SALT_CONFIG', `${String(value)} is not a port`)
}

function pathsOfMinion({ sock_dir, hash_id, id, hash_type }: SaltOpts) {
  return minionSockets(sock_dir, hash_id ?? id ?? '', hash_type)
}
