import type { Command } from 'commander'
import { sharedOption } from '../../help/vocabulary.js'

/** The options with which a command reaches a device, and logs in. */
export interface DeviceOptions {
  user?: string
  passwordFile?: string
  keyFile?: string
  hostKey?: string[]
  certificate?: string
  pin?: string[]
  ca?: string
  /** ms */
  timeout?: number
}

export function deviceOptions(command: Command): Command {
  const collect = (given: string, before: string[] = []) => [...before, given]
  return command
    .addOption(sharedOption('--user'))
    .addOption(sharedOption('--password-file').conflicts('keyFile'))
    .addOption(sharedOption('--key-file'))
    .addOption(sharedOption('--host-key').argParser(collect))
    .addOption(
      sharedOption('--certificate', { note: 'with its key in --key-file' }).conflicts(['user', 'hostKey']),
    )
    .addOption(sharedOption('--pin').argParser(collect))
    .addOption(sharedOption('--ca'))
    .addOption(sharedOption('--timeout', { usual: '20s' }))
}
