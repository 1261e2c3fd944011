import type { Command } from 'commander'
import { define, groups } from '../../help/define.js'
import { choiceOption, reportFormatOption, type YesOptions, yesOption } from '../../help/options.js'
import { sharedOption } from '../../help/vocabulary.js'
import type { Io } from '../../io.js'
import type { AddOptions } from './run.js'

export function defineContext(program: Command, io: Io): void {
  const context = define(program, 'context', 'Manage contexts: hubs with a name, an address and a token', {
    group: groups.settings,
    notes: [
      'Commands without --socket, --url or --context, and without TOCSIN_URL, use the current context. In a read-only context, commands that change something are refused before they connect.',
    ],
    examples: [
      {
        command: 'tocsin context add prod --url wss://hub.example --token-file ~/.tocsin-prod --readonly',
        does: 'a hub that may be read but not changed',
      },
      { command: 'tocsin context use prod', does: 'use it from now on' },
      { command: 'tocsin context use -', does: 'return to the previous one' },
    ],
  })
  defineAdd(context, io)
  defineUse(context, io)
  defineBack(context, io)
  defineList(context, io)
  defineTest(context, io)
  defineRemove(context, io)
}

function defineAdd(parent: Command, io: Io): void {
  define(parent, 'add <name>', 'Save a hub under a name', {
    notes: [
      'The token stays in its file, which only you should be able to read. A context without a token file sends no token, even if TOCSIN_TOKEN is set, unless TOCSIN_URL has the address of the context.',
      'The addresses of several hubs that share a log, separated by commas, are tried in turn. They share the token and the certificates of the context.',
    ],
    examples: [
      {
        command: 'tocsin context add local --url unix:/run/tocsin/tocsin.sock',
        does: 'a hub on this machine',
      },
      {
        command:
          'tocsin context add prod --url tls://hub.example:4581 --token-file ~/.tocsin-prod --ca hub.pem',
        does: 'a hub over TLS; its marker is red because the name contains prod',
      },
      {
        command: 'tocsin context add all --url tls://hub1.example:4581,tls://hub2.example:4581',
        does: 'two hubs that share a log; commands use the first that answers',
      },
    ],
  })
    .addOption(sharedOption('--url').makeOptionMandatory())
    .option('--token-file <file>', 'file with the token')
    .option('--ca <file>', 'CA certificate (PEM) that signed the certificate of the hub')
    .option('--certificate <file>', 'client certificate (PEM)')
    .option('--key <file>', 'private key of the client certificate (PEM)')
    .option('--server-name <name>', 'name in the certificate of the hub, if it differs from the host')
    .option('--readonly', 'refuse commands that change something')
    .addOption(
      choiceOption(
        '--marker <color>',
        'colour of the marker on a terminal (default: red if the name contains prod)',
        ['red', 'green', 'yellow', 'blue', 'magenta', 'cyan'],
      ),
    )
    .addOption(sharedOption('--force'))
    .action(async (name: string, options: AddOptions) => (await commands()).addContext(io, name, options))
}

function defineUse(parent: Command, io: Io): void {
  define(parent, 'use <name>', 'Make a context the current one', {
    notes: ['The name - stands for the previous context.'],
    examples: [
      { command: 'tocsin context use prod', does: 'commands go there from now on' },
      { command: 'tocsin context use -', does: 'return to the previous context' },
    ],
  }).action(async (name: string) => (await commands()).useContext(io, name))
}

function defineBack(parent: Command, io: Io): void {
  define(parent, '-', 'Return to the previous context', {
    examples: [{ command: 'tocsin context -', does: 'switch between two contexts' }],
  }).action(async () => (await commands()).useContext(io, '-'))
}

function defineList(parent: Command, io: Io): void {
  const command = define(parent, 'list', 'List contexts', {
    formerly: 'ls',
    examples: [{ command: 'tocsin context list', does: 'the current one is marked with a star' }],
    isDefault: true,
  })
  reportFormatOption(command).action(async (options: { format?: string }) =>
    (await commands()).listContexts(io, options),
  )
}

function defineTest(parent: Command, io: Io): void {
  const command = define(parent, 'test [name]', 'Check that a hub answers, and which principal you are', {
    examples: [{ command: 'tocsin context test prod', does: 'the exit code is 3 if no hub answers' }],
  })
  reportFormatOption(command)
    .addOption(sharedOption('--timeout', { usual: '10s' }))
    .action(async (name: string | undefined, options: { format?: string; timeout?: number }) =>
      (await commands()).testContext(io, name, options),
    )
}

function defineRemove(parent: Command, io: Io): void {
  const command = define(parent, 'remove <name>', 'Remove a context', {
    formerly: 'rm',
    examples: [{ command: 'tocsin context remove old', does: 'its token and certificate files stay' }],
  })
  yesOption(command).action(async (name: string, options: YesOptions) =>
    (await commands()).removeContext(io, name, options),
  )
}

function commands() {
  return import('./run.js')
}
