import { type Command, Option } from 'commander'
import { define } from '../define.js'
import { groups } from '../groups.js'
import type { Io } from '../io.js'
import { checkPosition, type HubOptions, hubOptions } from '../options.js'

export interface BackupOptions extends HubOptions {
  from?: string
}

export function defineBackup(program: Command, io: Io): void {
  const command = define(program, 'backup <folder>', 'copy the log of a running hub into a folder', {
    group: groups.log,
    notes: [
      'It is consistent at the end of the log as it was when it began. Run again on the same folder it adds what is new; cut off at any moment it goes on where it was. In it are the events that you may see and the positions of durable consumers, but no tokens, no parked events and no configuration. Every part has its checksum in manifest.json, and can be read by import too. On stdout comes the cursor up to which it is complete.',
    ],
    examples: [
      { command: 'tocsin backup /backup/tocsin', does: 'everything; the next time what is new since' },
      {
        command: 'tocsin backup /backup/tuesday --from @4711',
        does: 'into another folder, from this event on',
      },
    ],
  })
  command.addOption(
    new Option('--from <position>', 'in a new folder: @<seq>, or the cursor that a backup printed').argParser(
      checkPosition,
    ),
  )
  hubOptions(command)
  command.action(async (folder: string, options: BackupOptions) => {
    const { backupLog } = await import('../backup-log.js')
    await backupLog(io, folder, options)
  })
}
