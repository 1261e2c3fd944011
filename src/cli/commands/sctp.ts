import { type Command, InvalidArgumentError, Option } from 'commander'
import type { TocsinError } from '../../event/errors.js'
import type { Endian, Platform } from '../../faces/sctp/index.js'
import { choiceOption } from '../choice.js'
import { define } from '../define.js'
import { Exit } from '../exit-codes.js'
import { groups } from '../groups.js'
import { Ending, type Io } from '../io.js'
import {
  countOption,
  formatOptions,
  type HubOptions,
  hubOptions,
  type ReportOptions,
  rangeOptions,
  reportOptions,
  type StreamOptions,
  strictOption,
  whereOption,
} from '../options.js'

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
  stream?: number
  ppid?: number
  format?: string
}

const LINUX = 'Sockets need Linux with SCTP in its kernel, and the addon of this package.'

export function defineSctp(program: Command, io: Io): void {
  const sctp = define(program, 'sctp', 'associations of SCTP and their notifications (RFC 6458)', {
    group: groups.look,
    examples: [
      { command: 'tocsin sctp associations', does: 'those that the sources of the hub watch' },
      { command: 'tocsin sctp decode 09800000 0c000000 03000000', does: 'what a notification says' },
    ],
  })
  defineAssociations(sctp, io)
  defineWatch(sctp, io)
  defineListen(sctp, io)
  defineConnect(sctp, io)
  defineDecode(sctp, io)
}

function defineAssociations(sctp: Command, io: Io): void {
  const command = define(sctp, 'associations [source]', 'associations of the sources, with their paths', {
    notes: ['Those that ended last are listed too. The primary address of a peer has a star.'],
    examples: [
      { command: 'tocsin sctp associations', does: 'of all sources' },
      {
        command: "tocsin sctp associations n2 --format json | jq -r 'select(.lastError) | .lastError'",
        does: 'what went wrong last',
      },
    ],
  })
  reportOptions(command)
  command.action(async (source: string | undefined, options: ReportOptions) => {
    const { showAssociations } = await import('../sctp/associations.js')
    await showAssociations(io, source, options)
  })
}

const ofTheHub = ['where', 'from', 'fields', 'template', 'count', 'strict', 'timeout'] as const

function defineWatch(sctp: Command, io: Io): void {
  const command = define(sctp, 'watch [source...]', 'follow notifications of the hub, or of a socket', {
    notes: [
      'With --listen or --connect no hub is needed: the notifications of a socket are shown, its messages are read and dropped. --format is line or json; the options of the hub are refused there.',
      LINUX,
    ],
    examples: [
      { command: 'tocsin sctp watch', does: 'all that the sources of the hub publish' },
      { command: 'tocsin sctp watch n2 --from -10m', does: 'one source, from ten minutes ago' },
      { command: "tocsin sctp watch --listen '[::]:38412'", does: 'a socket of its own, without a hub' },
    ],
  })
  command
    .addOption(
      new Option('--listen <address...>', 'where peers reach a socket').conflicts(['connect', ...ofTheHub]),
    )
    .addOption(new Option('--connect <address...>', 'addresses of one peer').conflicts([...ofTheHub]))
  whereOption(command)
  rangeOptions(command, 'where to begin; see tocsin help range (default: now)', undefined)
  formatOptions(command)
  countOption(command, 'end after so many events')
  strictOption(command)
  hubOptions(command, 'end after this time, such as 30s; exit code 5 when nothing came')
  command.action(async (sources: string[], options: WatchOptions) => {
    if (options.listen || options.connect) return talk(io, { ...options, watch: true })
    const { streamEvents } = await import('../stream-events.js')
    const filters =
      sources.length === 0 ? ['sctp/'] : sources.map((name) => `sctp/${name.replace(/^sctp\//, '')}/`)
    await streamEvents(io, { ...options, filters, ends: false })
  })
}

function defineListen(sctp: Command, io: Io): void {
  const command = define(sctp, 'listen <address...>', 'wait for peers; lines of stdin become messages', {
    notes: [
      'Messages go to stdout, a line each, notifications to stderr; with --format json both are objects on stdout. A line is sent to the peer that came last. Several addresses: all of this end.',
      LINUX,
    ],
    examples: [
      { command: "tocsin sctp listen '[::]:38412'", does: 'all addresses of this machine' },
      { command: 'tocsin sctp listen 10.0.0.1:2905 10.0.1.1', does: 'two addresses (multihoming)' },
    ],
  })
  talkOptions(command)
  command.action((listen: string[], options: TalkOptions) => talk(io, { ...options, listen }))
}

function defineConnect(sctp: Command, io: Io): void {
  const command = define(sctp, 'connect <address...>', 'reach a peer; lines of stdin become messages', {
    notes: [
      'Messages go to stdout, a line each, notifications to stderr; with --format json both are objects on stdout. The end of stdin shuts the association down in order. Several addresses: all of one peer.',
      LINUX,
    ],
    examples: [
      { command: 'tocsin sctp connect 127.0.0.1:38412', does: 'type, and see what comes back' },
      {
        command: 'echo hello | tocsin sctp connect 10.0.0.5:2905 --ppid 3 --stream 1',
        does: 'one message, then the end',
      },
    ],
  })
  talkOptions(command)
  command.action((connect: string[], options: TalkOptions) => talk(io, { ...options, connect }))
}

function talkOptions(command: Command): void {
  command
    .addOption(new Option('--stream <n>', 'stream to send on (default: 0)').argParser(upTo(0xfffe)))
    .addOption(
      new Option('--ppid <n>', 'payload protocol identifier, such as 60 (default: 0)').argParser(
        upTo(0xffff_ffff),
      ),
    )
    .addOption(choiceOption('--format <name>', 'how it is shown', ['line', 'json'], 'line'))
}

function upTo(most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^\d{1,10}$/.test(text) && value <= most) return value
    throw new InvalidArgumentError(`It is not a number from 0 to ${most}.`)
  }
}

async function talk(
  io: Io,
  options: TalkOptions & { listen?: string[]; connect?: string[]; watch?: boolean },
) {
  const { converse } = await import('../sctp/conversation.js')
  await converse(io, options)
}

function defineDecode(sctp: Command, io: Io): void {
  const decode = define(sctp, 'decode <bytes...>', 'what the bytes of notifications say', {
    changes: ({ publishAs }) => publishAs !== undefined,
    notes: [
      'The bytes are hexadecimal digits, files, or - for stdin; a file has either digits or the bytes themselves, and any number of notifications one after the other. No hub is needed, but for --publish-as.',
      'What is no sound notification is told on stderr, and the exit code is 1.',
    ],
    examples: [
      { command: 'tocsin sctp decode 098000000c00000003000000', does: 'sender dry, from Linux' },
      { command: 'tocsin sctp decode --platform freebsd dump.bin', does: 'a dump of FreeBSD or usrsctp' },
      { command: 'xxd -p dump.bin | tocsin sctp decode - --format json', does: 'one JSON object each' },
      {
        command: 'tocsin sctp decode dump.bin --publish-as n2',
        does: 'as events sctp/n2/<association>/<type>',
      },
    ],
  })
  decode
    .addOption(choiceOption('--platform <name>', 'whose they are (default: this host)', ['linux', 'freebsd']))
    .addOption(choiceOption('--endian <order>', 'its byte order (default: this host)', ['little', 'big']))
    .option(
      '--publish-as <source>',
      'publish them as the source sctp/<source> would, and print the last cursor',
    )
  reportOptions(decode)
  decode.action((words: string[], options: DecodeOptions) => decodeDumps(io, words, options))
}

async function decodeDumps(io: Io, words: readonly string[], options: DecodeOptions): Promise<void> {
  const [{ hostPlatform, parseNotifications }, dump, { report }, { escapeText }] = await Promise.all([
    import('../../faces/sctp/index.js'),
    import('../sctp/dump.js'),
    import('../report.js'),
    import('../terminal.js'),
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
    const { publishNotifications } = await import('../sctp/publish.js')
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
