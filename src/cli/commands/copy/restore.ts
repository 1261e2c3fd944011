import type { Command } from 'commander'
import { define, groups } from '../../help/define.js'
import { sharedOption } from '../../help/vocabulary.js'
import type { Io } from '../../io.js'
import type { RestoreOptions } from './restore-log.js'

export function defineRestore(program: Command, io: Io): void {
  const command = define(program, 'restore <folder...>', 'Create a data folder from backups', {
    group: groups.copy,
    notes: [
      'Works offline, into a folder that is empty or does not exist yet; then start a hub on it with serve --data. Events keep their numbers and times, but the log has a new epoch: a subscriber with an old cursor is notified of a gap instead of receiving other events.',
      'When later backups were made into new folders with --from, give all folders together, oldest first. Everything is checked before anything is written, so reading takes twice as long as with --check alone.',
    ],
    examples: [
      {
        command: 'tocsin restore /backup/tocsin --data /var/lib/tocsin',
        does: 'then: tocsin serve --data /var/lib/tocsin',
      },
      { command: 'tocsin restore /backup/tocsin --check', does: 'is the backup intact?' },
    ],
  })
  command
    .addOption(sharedOption('--data', { note: 'it is created' }))
    .option('--check', 'only verify the backup; create nothing')
  command.action(async (folders: string[], options: RestoreOptions) => {
    const { restoreLog } = await import('./restore-log.js')
    await restoreLog(io, folders, options)
  })
}
