import { type Command, InvalidArgumentError, Option } from 'commander'
import type { TocsinError } from '../../../errors/tocsin-error.js'
import type { Endian, Platform } from '../../../protocols/sctp/index.js'
import { define, groups } from '../../help/define.js'
import { Exit } from '../../help/exit-codes.js'
import {
  addWithSynonym,
  choiceOption,
  conditionOptions,
  countOption,
  durationOption,
  formatOptions,
  type HubOptions,
  hubOptions,
  type ReportOptions,
  rangeOptions,
  reportOptions,
  type StreamOptions,
  strictOption,
} from '../../help/options.js'
import { sharedOption } from '../../help/vocabulary.js'
import { Ending, type Io } from '../../io.js'

interface DecodeOptions extends HubOptions {
  platform?: Platform
  endian?: Endian
  format?: string
  publishAs?: string
}

interface WatchOptions extends StreamOptions {
  listen?: string[]
  connect?: string[]
}

interface TalkOptions {
  streamId?: number
  ppid?: number
  format?: string
}

const LINUX = 'Sockets need Linux with SCTP in its kernel, and the addon of this package.'

export function defineSctp(program: Command, io: Io): void {
  const sctp = define(program, 'sctp', 'Work with SCTP associations and their notifications (RFC 6458)', {
    group: groups.inspect,
    examples: [
      { command: 'tocsin sctp associations', does: 'the associations that the hub watches' },
      {
        command: 'tocsin sctp decode 09800000 0c000000 03000000',
        does: 'what the bytes of a notification mean',
      },
    ],
  })
  defineAssociations(sctp, io)
  defineWatch(sctp, io)
  defineListen(sctp, io)
  defineConnect(sctp, io)
  defineDecode(sctp, io)
}

function defineAssociations(sctp: Command, io: Io): void {
  const command = define(
    sctp,
    'associations [source]',
    'List the associations that the hub watches, with their paths',
    {
      notes: [
        'Includes the associations that ended most recently. A star marks the primary address of a peer.',
      ],
      examples: [
        { command: 'tocsin sctp associations', does: 'associations of all sources' },
        {
          command: "tocsin sctp associations n2 --format json | jq -r 'select(.lastError) | .lastError'",
          does: 'the last error of each association of the source n2',
        },
      ],
    },
  )
  reportOptions(command)
  command.action(async (source: string | undefined, options: ReportOptions) => {
    const { showAssociations } = await import('./associations.js')
    await showAssociations(io, source, options)
  })
}

/** Options that have no meaning without a hub. */
const hubOnly = ['where', 'from', 'fields', 'template', 'count', 'duration', 'strict', 'timeout'] as const

function defineWatch(sctp: Command, io: Io): void {
  const command = define(sctp, 'watch [source...]', 'Follow notifications of the hub, or of a socket', {
    notes: [
      'With --listen or --connect no hub is needed: the command opens a socket of its own, shows its notifications and discards its messages. --format is then line or json, and options about the hub are refused.',
      LINUX,
    ],
    examples: [
      { command: 'tocsin sctp watch', does: 'the notifications of all sources of the hub' },
      { command: 'tocsin sctp watch n2 --from -10m', does: 'one source, starting ten minutes ago' },
      { command: "tocsin sctp watch --listen '[::]:38412'", does: 'a socket, without a hub' },
    ],
  })
  command
    .addOption(
      new Option('--listen <address...>', 'addresses of a socket that peers connect to').conflicts([
        'connect',
        ...hubOnly,
      ]),
    )
    .addOption(
      new Option('--connect <address...>', 'addresses of a peer to connect to').conflicts([...hubOnly]),
    )
  conditionOptions(command)
  rangeOptions(command, { usual: 'now' })
  formatOptions(command)
  countOption(command)
  durationOption(command)
  strictOption(command)
  hubOptions(command)
  command.action(async (sources: string[], options: WatchOptions) => {
    if (options.listen || options.connect) return talk(io, { ...options, watch: true })
    const { streamEvents } = await import('../../hub/stream-events.js')
    const filters =
      sources.length === 0 ? ['sctp/'] : sources.map((name) => `sctp/${name.replace(/^sctp\//, '')}/`)
    await streamEvents(io, { ...options, filters, ends: false })
  })
}

function defineListen(sctp: Command, io: Io): void {
  const command = define(sctp, 'listen <address...>', 'Accept associations; lines of stdin become messages', {
    notes: [
      'Messages are printed on stdout, one a line, and notifications on stderr; with --format json both are objects on stdout. Each line of stdin is sent to the peer that connected last. Several addresses make the socket multihomed.',
      LINUX,
    ],
    examples: [
      { command: "tocsin sctp listen '[::]:38412'", does: 'on all addresses of this machine' },
      { command: 'tocsin sctp listen 10.0.0.1:2905 10.0.1.1', does: 'on two addresses (multihoming)' },
    ],
  })
  talkOptions(command)
  command.action((listen: string[], options: TalkOptions) => talk(io, { ...options, listen }))
}

function defineConnect(sctp: Command, io: Io): void {
  const command = define(sctp, 'connect <address...>', 'Connect to a peer; lines of stdin become messages', {
    notes: [
      'Messages are printed on stdout, one a line, and notifications on stderr; with --format json both are objects on stdout. The end of stdin shuts the association down gracefully. Several addresses all belong to one peer.',
      LINUX,
    ],
    examples: [
      { command: 'tocsin sctp connect 127.0.0.1:38412', does: 'type lines, and see the answers' },
      {
        command: 'echo hello | tocsin sctp connect 10.0.0.5:2905 --ppid 3 --stream-id 1',
        does: 'send one message, then shut down',
      },
    ],
  })
  talkOptions(command)
  command.action((connect: string[], options: TalkOptions) => talk(io, { ...options, connect }))
}

function talkOptions(command: Command): void {
  const stream = sharedOption('--stream-id', { usual: '0' }).argParser(upTo(0xfffe))
  addWithSynonym(command, stream, '--stream')
  command
    .addOption(sharedOption('--ppid', { usual: '0' }).argParser(upTo(0xffff_ffff)))
    .addOption(sharedOption('--format').choices(['line', 'json']).default('line'))
}

function upTo(max: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^\d{1,10}$/.test(text) && value <= max) return value
    throw new InvalidArgumentError(`It is not a number from 0 to ${max}.`)
  }
}

async function talk(
  io: Io,
  options: TalkOptions & { listen?: string[]; connect?: string[]; watch?: boolean },
) {
  const { converse } = await import('./conversation.js')
  await converse(io, options)
}

function defineDecode(sctp: Command, io: Io): void {
  const decode = define(sctp, 'decode <bytes...>', 'Decode the bytes of notifications', {
    changes: ({ publishAs }) => publishAs !== undefined,
    notes: [
      'The bytes are hexadecimal digits, files, or - for stdin. A file holds either digits or the bytes themselves, and any number of notifications one after the other. A hub is needed only for --publish-as.',
      'Invalid notifications are reported on stderr, and the exit code is then 1.',
    ],
    examples: [
      { command: 'tocsin sctp decode 098000000c00000003000000', does: 'a notification of Linux: sender dry' },
      { command: 'tocsin sctp decode --platform freebsd dump.bin', does: 'a dump of FreeBSD or usrsctp' },
      {
        command: 'xxd -p dump.bin | tocsin sctp decode - --format json',
        does: 'one JSON object per notification',
      },
      {
        command: 'tocsin sctp decode dump.bin --publish-as n2',
        does: 'as events sctp/n2/<association>/<type>',
      },
    ],
  })
  decode
    .addOption(
      choiceOption('--platform <name>', 'operating system that the bytes come from (default: this one)', [
        'linux',
        'freebsd',
      ]),
    )
    .addOption(
      choiceOption('--endian <order>', 'byte order of that system (default: the one of this host)', [
        'little',
        'big',
      ]),
    )
    .option(
      '--publish-as <source>',
      'publish the notifications as the source sctp/<source> would, and print the last cursor',
    )
  reportOptions(decode)
  decode.action((words: string[], options: DecodeOptions) => decodeDumps(io, words, options))
}

async function decodeDumps(io: Io, words: readonly string[], options: DecodeOptions): Promise<void> {
  const [{ hostPlatform, parseNotifications }, dump, { report }, { escapeText }] = await Promise.all([
    import('../../../protocols/sctp/index.js'),
    import('./decode.js'),
    import('../../output/report.js'),
    import('../../terminal/text.js'),
  ])
  const { platform = hostPlatform, endian, format } = options
  const dumps = await dump.readDumps(io, words)
  let faults = 0
  const notifications = dumps.flatMap(({ name, bytes }) => {
    const place = dumps.length > 1 ? `${name}: ` : ''
    const onError = ({ message, code }: TocsinError) => {
      faults++
      io.note(`${place}${message} (${code})`)
    }
    return parseNotifications(bytes, { platform, endian, onError })
  })
  const { publishAs } = options
  if (publishAs !== undefined && notifications.length > 0) {
    const { publishNotifications } = await import('./publish.js')
    await publishNotifications(io, notifications, { ...options, publish: publishAs, platform })
  } else {
    const values = format === 'line' ? [] : notifications.map(dump.notificationValue)
    await report(io, format, values, () =>
      notifications.map((each) => escapeText(dump.notificationLine(each, platform))),
    )
  }
  if (faults > 0) throw new Ending(Exit.failed)
  if (notifications.length === 0) throw new Ending(Exit.failed, 'there are no bytes to decode')
}
