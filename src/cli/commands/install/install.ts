import { type Command, InvalidArgumentError, Option } from 'commander'
import { define, groups } from '../../help/define.js'
import { jsonOption, reportFormatOption, yesOption } from '../../help/options.js'
import { sharedOption } from '../../help/vocabulary.js'
import type { Io } from '../../io.js'
import type { InstallOptions, UninstallOptions } from './run.js'

export function defineInstall(program: Command, io: Io): void {
  const command = define(program, 'install', 'Make the hub a service of systemd', {
    group: groups.hub,
    notes: [
      'Creates the user tocsin, /etc/tocsin with an example of the configuration, /var/lib/tocsin, and the unit /etc/systemd/system/tocsin.service, which runs this command; then enables and starts the service. Needs root. Each line of the output is a step. Existing users, folders and files stay as they are, so the command can be repeated; only a unit that differs is replaced, and the former unit is kept as tocsin.service.old. Without a running systemd the service is neither enabled nor started.',
      'The Debian package does all of this itself: where a package has installed the unit, the command refuses.',
    ],
    examples: [
      { command: 'tocsin install --dry-run', does: 'what it would do on this host; needs no root' },
      { command: 'sudo tocsin install', does: 'install the service, and start it' },
      {
        command: 'tocsin install --root ./image --program /usr/bin/tocsin',
        does: 'prepare the tree of an image; nothing is started',
      },
    ],
  })
  command.addOption(
    new Option(
      '--program <path>',
      'command that the service runs, as an absolute path (default: the one that runs this)',
    ).argParser(programPath),
  )
  placeOptions(command).action(async (options: InstallOptions) => {
    const { runInstall } = await import('./run.js')
    await runInstall(io, options)
  })
}

export function defineUninstall(program: Command, io: Io): void {
  const command = define(program, 'uninstall', 'Remove the service that tocsin install made', {
    group: groups.hub,
    notes: [
      'Stops and disables the service, and removes its unit. Configuration, data and the user tocsin stay, so that a later `tocsin install` continues with them; --purge removes the configuration and all data as well, and cannot be undone. On a terminal it asks before.',
    ],
    examples: [
      { command: 'tocsin uninstall --dry-run', does: 'what it would do; needs no root' },
      { command: 'sudo tocsin uninstall', does: 'remove the service, and keep its data and configuration' },
      { command: 'sudo tocsin uninstall --purge --yes', does: 'remove everything without asking' },
    ],
  })
  command.option('--purge', 'remove the log, all other data and the configuration too')
  yesOption(placeOptions(command)).action(async (options: UninstallOptions) => {
    const { runUninstall } = await import('./run.js')
    await runUninstall(io, options)
  })
}

function placeOptions(command: Command): Command {
  command.addOption(sharedOption('--root')).addOption(sharedOption('--dry-run'))
  return jsonOption(reportFormatOption(command))
}

function programPath(path: string): string {
  if (!/^\/[\w@+=:,./-]{1,1000}$/.test(path))
    throw new InvalidArgumentError('It is not an absolute path of letters, digits and @+=:,./_-')
  return path
}
