import { type Command, Option } from 'commander'
import { choiceOption } from '../choice.js'
import { define } from '../define.js'
import { groups } from '../groups.js'
import type { Io } from '../io.js'
import { parseTimeout, reportFormatOption } from '../options.js'

export interface AddOptions {
  url: string
  tokenFile?: string
  ca?: string
  certificate?: string
  key?: string
  serverName?: string
  readonly?: boolean
  color?: string
  force?: boolean
}

export function defineContext(program: Command, io: Io): void {
  const context = define(program, 'context', 'hubs by name: address, token, whether to change anything', {
    group: groups.settings,
    notes: [
      'The current context is where commands go that are given no --socket, --url or --context and no TOCSIN_URL. In a read-only one, commands that change something are refused before they connect.',
    ],
    examples: [
      {
        command: 'tocsin context add prod --url wss://hub.example --token-file ~/.tocsin-prod --readonly',
        does: 'a hub to look at',
      },
      { command: 'tocsin context use prod', does: 'from now on' },
      { command: 'tocsin context use -', does: 'back to the one before' },
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
  define(parent, 'add <name>', 'remember a hub', {
    notes: [
      'The token stays in its file; the file should be readable by you alone. A context without one shows no token, whatever TOCSIN_TOKEN says, unless TOCSIN_URL has its address.',
    ],
    examples: [
      { command: 'tocsin context add local --url unix:/run/tocsin/tocsin.sock', does: 'on this machine' },
      {
        command:
          'tocsin context add prod --url tls://hub.example:4581 --token-file ~/.tocsin-prod --ca hub.pem',
        does: 'over TLS; marked red, because of its name',
      },
    ],
  })
    .requiredOption(
      '--url <address>',
      'unix:/path, tcp://, tls://, ws://, wss://, http:// or https://host:port',
    )
    .option('--token-file <file>', 'file that holds the token')
    .option('--ca <file>', 'who signed the certificate of the hub, PEM')
    .option('--certificate <file>', 'certificate of this client, PEM')
    .option('--key <file>', 'its private key, PEM')
    .option('--server-name <name>', 'name in the certificate of the hub, where it is not the host')
    .option('--readonly', 'refuse what changes something')
    .addOption(
      choiceOption(
        '--color <color>',
        'of the marker on a terminal (default: red for names with prod in them)',
        ['red', 'green', 'yellow', 'blue', 'magenta', 'cyan'],
      ),
    )
    .option('--force', 'in place of one that has the name')
    .action(async (name: string, options: AddOptions) => (await commands()).addContext(io, name, options))
}

function defineUse(parent: Command, io: Io): void {
  define(parent, 'use <name>', 'make one the current context; - is the one before', {
    examples: [
      { command: 'tocsin context use prod', does: 'commands go there from now on' },
      { command: 'tocsin context use -', does: 'back again' },
    ],
  }).action(async (name: string) => (await commands()).useContext(io, name))
}

function defineBack(parent: Command, io: Io): void {
  define(parent, '-', 'the same as use -', {
    examples: [{ command: 'tocsin context -', does: 'back and forth between two' }],
  }).action(async () => (await commands()).useContext(io, '-'))
}

function defineList(parent: Command, io: Io): void {
  const command = define(parent, 'ls', 'all of them', {
    examples: [{ command: 'tocsin context ls', does: 'the current one is marked' }],
    isDefault: true,
  })
  reportFormatOption(command).action(async (options: { format?: string }) =>
    (await commands()).listContexts(io, options),
  )
}

function defineTest(parent: Command, io: Io): void {
  const command = define(parent, 'test [name]', 'does the hub answer, and who am I there', {
    examples: [{ command: 'tocsin context test prod', does: 'exit code 3 when nobody answers' }],
  })
  reportFormatOption(command)
    .addOption(new Option('--timeout <duration>', 'how long to wait (default: 10s)').argParser(parseTimeout))
    .action(async (name: string | undefined, options: { format?: string; timeout?: number }) =>
      (await commands()).testContext(io, name, options),
    )
}

function defineRemove(parent: Command, io: Io): void {
  define(parent, 'rm <name>', 'forget one', {
    examples: [{ command: 'tocsin context rm old', does: 'files that it named stay' }],
  }).action(async (name: string) => (await commands()).removeContext(io, name))
}

function commands() {
  return import('../context-commands.js')
}
