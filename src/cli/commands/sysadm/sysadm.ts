import { type Command, Option } from 'commander'
import { define, groups } from '../../help/define.js'
import {
  commandOption,
  countOption,
  durationOption,
  reportFormatOption,
  strictOption,
  type YesOptions,
  yesOption,
} from '../../help/options.js'
import { sharedOption } from '../../help/vocabulary.js'
import type { Io } from '../../io.js'
import type { AddKeyOptions, KeyOptions } from './login-keys.js'
import type { RunOptions } from './run-commands.js'
import { serverOptions } from './server-options.js'
import type { WatchOptions } from './watch.js'

const SERVER =
  'The server is a host such as nas1.example, or wss://nas1.example:12150; with --bridge, the name or the id of a server that the bridge reaches.'
const PASSWORD =
  'The password is read from --password-file, from TOCSIN_SYSADM_PASSWORD, or asked for; it is never an argument.'

export function defineSysadm(program: Command, io: Io): void {
  const sysadm = define(program, 'sysadm', 'Work with servers of SysAdm', {
    group: groups.events,
    notes: [
      'Genuine servers and hubs that are one (`sysadm` in the configuration) are used alike, directly or through a bridge. They need no hub here.',
      'Genuine servers sign their own certificates: without --pin, the message names the fingerprint to compare and to pin.',
    ],
    examples: [
      {
        command: 'tocsin sysadm watch nas1.example --user root --pin C0:FF:EE...',
        does: 'jobs, snapshots and pools as they change',
      },
      { command: 'tocsin sysadm run --user root nas1.example zpool status', does: 'run a command there' },
    ],
  })
  defineWatch(sysadm, io)
  defineRun(sysadm, io)
  defineLoginKeys(sysadm, io)
}

function defineWatch(sysadm: Command, io: Io): void {
  const command = define(sysadm, 'watch <server>', 'Show the events of a server as they happen', {
    notes: [
      SERVER,
      PASSWORD,
      'The last event of life-preserver and of system-state comes first. A genuine server keeps no events while the connection is lost; a hub continues where it was.',
    ],
    examples: [
      {
        command: 'tocsin sysadm watch nas1.example --login-key ~/.ssh/sysadm.key',
        does: 'all classes, as lines',
      },
      {
        command:
          'tocsin sysadm watch nas1.example --user root --classes system-state --format json | jq .args.zpools',
        does: 'the pools, as the server writes them',
      },
    ],
  })
  command
    .option(
      '--classes <list>',
      'dispatcher, life-preserver, system-state, or tocsin for all events of a hub (default: the first three)',
      (text: string) => text.split(','),
    )
    .option('--filter <filter>', 'for the class tocsin: only events that match; see tocsin help filters')
    .addOption(sharedOption('--from', { note: 'needs a hub as the server' }))
  countOption(strictOption(durationOption(command)))
  serverOptions(reportFormatOption(command)).action(async (server: string, options: WatchOptions) => {
    const { watchServer } = await import('./watch.js')
    await watchServer(io, server, options)
  })
}

function defineRun(sysadm: Command, io: Io): void {
  const command = define(
    sysadm,
    'run <server> [word...]',
    'Run a command on a server, and print its output',
    {
      notes: [
        SERVER,
        PASSWORD,
        'Options stand before the server: all words after it belong to the command, which runs without a shell.',
        'The exit code is that of the job: of its last command, or of the one that failed; 127 if that could not be started, and 128 and the number of the signal that ended it. Ctrl-C kills the job, or leaves it alone with --keep. Genuine servers do not kill jobs, whatever they answer.',
        'Servers report the output of most jobs only at their end. Without --id, the job is named as those of sourcectl, whose output is reported as it comes.',
      ],
      examples: [
        { command: 'tocsin sysadm run --user root nas1.example df -h', does: 'one command' },
        {
          command:
            "tocsin sysadm run --login-key sysadm.key -c 'zpool scrub tank' -c 'zpool status tank' nas1.example",
          does: 'two commands; the second one only if the first succeeds',
        },
      ],
    },
  )
  command
    .passThroughOptions()
    .addOption(commandOption())
    .addOption(sharedOption('--id', { usual: 'a random one' }))
    .addOption(new Option('--keep', 'leave the job running when this command is interrupted'))
  serverOptions(command).action(async (server: string, words: string[], options: RunOptions) => {
    const { runCommands } = await import('./run-commands.js')
    await runCommands(io, server, words, options)
  })
}

function defineLoginKeys(sysadm: Command, io: Io): void {
  const keys = define(sysadm, 'login-key', 'Manage the RSA keys with which users log in to a server', {
    notes: ['A key needs no password, and is the only login that works through a bridge.'],
    examples: [
      {
        command: 'tocsin sysadm login-key add nas1.example ~/.ssh/sysadm.key --user root',
        does: 'make a key if there is none in the file, and register it',
      },
      { command: 'tocsin sysadm login-key list nas1.example --user root', does: 'which keys are registered' },
    ],
  })
  const list = define(keys, 'list <server>', 'List the registered keys', {
    isDefault: true,
    notes: [SERVER, PASSWORD, 'Shows your own keys, and with full rights those of all users.'],
    examples: [{ command: 'tocsin sysadm login-key list nas1.example --user root', does: 'one a line' }],
  })
  serverOptions(reportFormatOption(list)).action(async (server: string, options: KeyOptions) => {
    const { listKeys } = await import('./login-keys.js')
    await listKeys(io, server, options)
  })
  const add = define(keys, 'add <server> <file>', 'Register a key for the user who logs in', {
    notes: [
      SERVER,
      PASSWORD,
      'If the file does not exist, a key pair of 4096 bits is made and the private key is written there, readable by you only. The server receives the public key.',
    ],
    examples: [
      {
        command: 'tocsin sysadm login-key add nas1.example ~/.ssh/sysadm.key --user root --nickname laptop',
        does: 'from now on --login-key ~/.ssh/sysadm.key logs in',
      },
    ],
  })
  add
    .option('--nickname <name>', 'name of the key in the list (default: this host)')
    .option('--email <address>', 'address of its owner, in the list too')
  serverOptions(reportFormatOption(add)).action(
    async (server: string, file: string, options: AddKeyOptions) => {
      const { addKey } = await import('./login-keys.js')
      await addKey(io, server, file, options)
    },
  )
  const remove = define(keys, 'remove <server> <key>', 'Take back a registered key', {
    notes: [
      SERVER,
      PASSWORD,
      'The key is named by its checksum, as listed, or by the file with the private or public key.',
    ],
    examples: [
      {
        command: 'tocsin sysadm login-key remove nas1.example ~/.ssh/sysadm.key --user root',
        does: 'the key no longer logs in; the file stays',
      },
    ],
  })
  serverOptions(reportFormatOption(yesOption(remove))).action(
    async (server: string, key: string, options: KeyOptions & YesOptions) => {
      const { removeKey } = await import('./login-keys.js')
      await removeKey(io, server, key, options)
    },
  )
}
