import { join } from 'node:path'
import { clientConfig, minionConfig, type SaltOpts } from '../../../protocols/salt/client/index.js'

export type SaltNode = 'master' | 'minion'

/** Options of commands that talk to a Salt bus. */
export interface SaltBusOptions {
  node?: SaltNode
  sockDir?: string
  configDir?: string
  /** Its id. */
  minion?: string
}

/** The options of the daemon from its configuration files; the command line takes precedence. */
export function saltOpts({ node, sockDir, configDir, minion }: SaltBusOptions): SaltOpts {
  const isMinion = node === 'minion'
  const file = configDir === undefined ? undefined : join(configDir, isMinion ? 'minion' : 'master')
  const opts = isMinion ? minionConfig(file) : clientConfig(file)
  return {
    ...opts,
    ...(sockDir === undefined ? {} : { sock_dir: sockDir }),
    ...(minion === undefined ? {} : { id: minion, hash_id: undefined }),
  }
}
