import { MASTER_PORTS, MINION_PORTS } from '../codec/sockets.js'

/** Options of a Salt daemon, with Salt's names: those that the event bus uses, and any others from the file. */
export interface SaltOpts {
  root_dir: string
  conf_file: string
  default_include: string
  sock_dir: string
  cachedir: string
  pki_dir: string
  transport: string
  ipc_mode: string
  tcp_pub_port: number
  tcp_pull_port: number
  tcp_master_pub_port: number
  tcp_master_pull_port: number
  hash_type: string
  max_event_size: number
  /** The `matchType` of calls that give none. */
  event_match_type: string
  id?: string
  /** Replaces the id in the names of the sockets. */
  hash_id?: string
  file_client?: string
  master_type?: string
  local?: boolean
  use_master_when_local?: boolean
  /** The minion is one of several in its process, so that events name the one that they are for. */
  subproxy?: boolean
  [option: string]: unknown
}

const common = {
  root_dir: '/',
  transport: 'zeromq',
  ipc_mode: process.platform === 'win32' ? 'tcp' : 'ipc',
  tcp_pub_port: MINION_PORTS.pub,
  tcp_pull_port: MINION_PORTS.pull,
  tcp_master_pub_port: MASTER_PORTS.pub,
  tcp_master_pull_port: MASTER_PORTS.pull,
  hash_type: 'sha256',
  max_event_size: 1_048_576,
  event_match_type: 'startswith',
}

export const DEFAULT_MASTER_OPTS: Readonly<SaltOpts> = Object.freeze({
  ...common,
  conf_file: '/etc/salt/master',
  default_include: 'master.d/*.conf',
  sock_dir: '/var/run/salt/master',
  cachedir: '/var/cache/salt/master',
  pki_dir: '/etc/salt/pki/master',
})

export const DEFAULT_MINION_OPTS: Readonly<SaltOpts> = Object.freeze({
  ...common,
  conf_file: '/etc/salt/minion',
  default_include: 'minion.d/*.conf',
  sock_dir: '/var/run/salt/minion',
  cachedir: '/var/cache/salt/minion',
  pki_dir: '/etc/salt/pki/minion',
  file_client: 'remote',
  master_type: 'str',
})
