import type { Command } from 'commander'
import { sharedOption } from '../../help/vocabulary.js'

/** The options with which a command reaches a server of SysAdm, and logs in. */
export interface ServerOptions {
  user?: string
  passwordFile?: string
  loginKey?: string
  pin?: string[]
  ca?: string
  insecure?: boolean
  bridge?: string
  bridgeKey?: string
  /** ms */
  timeout?: number
}

export function serverOptions(command: Command): Command {
  return command
    .addOption(sharedOption('--user'))
    .addOption(sharedOption('--password-file').conflicts('loginKey'))
    .addOption(sharedOption('--login-key').conflicts('user'))
    .addOption(sharedOption('--pin').argParser((given: string, before: string[] = []) => [...before, given]))
    .addOption(sharedOption('--ca'))
    .addOption(sharedOption('--insecure').conflicts(['pin', 'ca']))
    .addOption(sharedOption('--bridge').conflicts(['user', 'passwordFile']))
    .addOption(sharedOption('--bridge-key'))
    .addOption(sharedOption('--timeout', { usual: '30s' }))
}
