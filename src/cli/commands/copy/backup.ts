import type { Command } from 'commander'
import { define, groups } from '../../help/define.js'
import { hubOptions, rangeOptions } from '../../help/options.js'
import type { Io } from '../../io.js'
import type { BackupOptions } from './backup-log.js'

export function defineBackup(program: Command, io: Io): void {
  const command = define(program, 'backup <folder>', 'Copy the log of a running hub into a folder', {
    group: groups.copy,
    notes: [
      'The backup is consistent: it holds the log up to its end when the command started. Run again on the same folder, it adds what is new; interrupted at any moment, it continues where it was. It contains the events that you may see and the positions of durable consumers, but no tokens, no parked events and no configuration.',
      'Every part has a checksum in manifest.json and can also be read by import. Prints the cursor up to which the backup is complete.',
    ],
    examples: [
      { command: 'tocsin backup /backup/tocsin', does: 'the whole log; next time only what is new' },
      {
        command: 'tocsin backup /backup/tuesday --from @4711',
        does: 'a new folder that begins with this event',
      },
    ],
  })
  rangeOptions(command, { note: 'for a new folder', usual: 'start' })
  hubOptions(command)
  command.action(async (folder: string, options: BackupOptions) => {
    const { backupLog } = await import('./backup-log.js')
    await backupLog(io, folder, options)
  })
}
