import { existsSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { homeFolder } from '../../../config/home.js'
import { readConfigFile, type Settings } from './config-file.js'
import { guessMinionId, withDomain } from './minion-id.js'
import { DEFAULT_MASTER_OPTS, DEFAULT_MINION_OPTS, type SaltOpts } from './opts.js'

/**
 * The options of a master: its file with all included files, and the defaults. `SALT_MASTER_CONFIG` and
 * `SALT_CONFIG_DIR` replace the default path. Options given instead of a path are used unchanged, with the defaults.
 * Throws TCN_SALT_CONFIG for a file that cannot be read.
 *
 * @example
 * masterConfig({ sock_dir: '/srv/salt/run' }).sock_dir // '/srv/salt/run'
 */
export function masterConfig(path: string | Partial<SaltOpts> = DEFAULT_MASTER_OPTS.conf_file): SaltOpts {
  const settings = typeof path === 'string' ? read(path, 'MASTER', DEFAULT_MASTER_OPTS) : path
  const opts = complete(settings, DEFAULT_MASTER_OPTS)
  const id = opts.id ? withDomain(opts.id, opts.append_domain) : `${guessMinionId(opts)}_master`
  return { ...opts, id, __role: 'master' }
}

/**
 * The options of a minion, in the same way, with its id.
 *
 * @example
 * minionConfig({ id: 'web1' }).sock_dir // '/var/run/salt/minion'
 */
export function minionConfig(path: string | Partial<SaltOpts> = DEFAULT_MINION_OPTS.conf_file): SaltOpts {
  const settings = typeof path === 'string' ? read(path, 'MINION', DEFAULT_MINION_OPTS) : path
  const opts = complete(settings, DEFAULT_MINION_OPTS)
  const id = opts.id ? withDomain(opts.id, opts.append_domain) : guessMinionId(opts)
  return { ...opts, id, __role: 'minion' }
}

/**
 * The options of a master for a program on its host, with those of the user (`SALT_CLIENT_CONFIG` or `saltrc`).
 *
 * @example
 * await using event = await getMasterEvent(clientConfig())
 */
export function clientConfig(path?: string): SaltOpts {
  const opts = masterConfig(path)
  return { ...opts, ...readConfigFile(userFile()) }
}

function userFile(): string {
  const named = process.env.SALT_CLIENT_CONFIG
  if (isFile(named)) return named
  const folder = join(process.env.XDG_CONFIG_HOME ?? join(homeFolder(), '.config'), 'salt')
  return existsSync(folder) ? join(folder, 'saltrc') : join(homeFolder(), '.saltrc')
}

function read(path: string, daemon: 'MASTER' | 'MINION', defaults: SaltOpts): Settings {
  return readConfigFile(fileOf(path, daemon, defaults), defaults.default_include)
}

function fileOf(path: string, daemon: 'MASTER' | 'MINION', defaults: SaltOpts): string {
  if (path !== defaults.conf_file) return path
  const named = process.env[`SALT_${daemon}_CONFIG`]
  if (isFile(named)) return named
  const folder = process.env.SALT_CONFIG_DIR
  const inFolder = folder ? join(folder, daemon.toLowerCase()) : undefined
  return isFile(inFolder) ? inFolder : path
}

function isFile(path: string | undefined): path is string {
  return !!path && statSync(path, { throwIfNoEntry: false })?.isFile() === true
}

const paths = ['sock_dir', 'cachedir', 'pki_dir'] as const
/**
 * If the path of the socket folder is longer than that of the cache folder by more than this, Salt puts the sockets
 * below the cache folder, since the path of a socket must fit into 108 bytes.
 */
const LONGER_THAN_CACHE = 10

function complete(settings: Settings, defaults: SaltOpts): SaltOpts {
  const opts: SaltOpts = { ...defaults, ...settings }
  if (opts.id !== undefined && opts.id !== null) opts.id = String(opts.id)
  opts.hash_type = String(opts.hash_type).toLowerCase()
  if (opts.sock_dir.length > opts.cachedir.length + LONGER_THAN_CACHE) {
    opts.sock_dir = join(opts.cachedir, '.salt-unix')
  }
  for (const path of paths) opts[path] = underRoot(opts.root_dir, String(opts[path]))
  return opts
}

function underRoot(rootDir: string, path: string): string {
  const root = resolve(rootDir)
  return path === root || path.startsWith(root.endsWith('/') ? root : `${root}/`) ? path : join(root, path)
}
