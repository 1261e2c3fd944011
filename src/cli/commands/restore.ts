import type { Command } from 'commander'
import { define } from '../define.js'
import { groups } from '../groups.js'
import type { Io } from '../io.js'

export interface RestoreOptions {
  data?: string
  check?: boolean
}

export function defineRestore(program: Command, io: Io): void {
  const command = define(program, 'restore <folder...>', 'make a data folder from backups', {
    group: groups.log,
    notes: [
      'Offline, into a folder that is empty or not there; start a hub on it with serve --data. Events keep their numbers and times; the log has a new epoch, so that a subscriber with an old cursor is told of a gap instead of getting other events. A backup and those that were begun with --from where it ended are given together, oldest first. Every checksum is compared.',
    ],
    examples: [
      { command: 'tocsin restore /backup/tocsin --data /var/lib/tocsin', does: 'make a data folder' },
      { command: 'tocsin restore /backup/tocsin --check', does: 'is the backup sound?' },
    ],
  })
  command
    .option('--data <folder>', 'the new data folder')
    .option('--check', 'only check the backup, make nothing')
  command.action(async (folders: string[], options: RestoreOptions) => {
    const { restoreLog } = await import('../restore-log.js')
    await restoreLog(io, folders, options)
  })
}
