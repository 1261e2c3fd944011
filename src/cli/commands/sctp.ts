import type { Command } from 'commander'
import type { Endian, Platform } from '../../faces/sctp/index.js'
import { choiceOption } from '../choice.js'
import { define } from '../define.js'
import { Exit } from '../exit-codes.js'
import { groups } from '../groups.js'
import { Ending, type Io } from '../io.js'
import { reportFormatOption } from '../options.js'

interface DecodeOptions {
  platform?: Platform
  endian?: Endian
  format?: string
}

export function defineSctp(program: Command, io: Io): void {
  const sctp = define(program, 'sctp', 'notifications of SCTP sockets (RFC 6458)', {
    group: groups.look,
    examples: [
      { command: 'tocsin sctp decode 09800000 0c000000 03000000', does: 'what a notification says' },
    ],
  })
  const decode = define(sctp, 'decode <bytes...>', 'what the bytes of notifications say', {
    notes: [
      'The bytes are hexadecimal digits, a file, or - for stdin; a file has either digits or the bytes themselves, and any number of notifications one after the other. No hub is needed.',
      'What is no sound notification is told on stderr, and the exit code is 1.',
    ],
    examples: [
      { command: 'tocsin sctp decode 098000000c00000003000000', does: 'sender dry, from Linux' },
      { command: 'tocsin sctp decode --platform freebsd dump.bin', does: 'a dump of FreeBSD or usrsctp' },
      { command: 'xxd -p dump.bin | tocsin sctp decode - --format json', does: 'one JSON object each' },
    ],
  })
  decode
    .addOption(choiceOption('--platform <name>', 'whose they are (default: this host)', ['linux', 'freebsd']))
    .addOption(choiceOption('--endian <order>', 'its byte order (default: this host)', ['little', 'big']))
  reportFormatOption(decode)
  decode.action((words: string[], options: DecodeOptions) => decodeDump(io, words.join(' '), options))
}

async function decodeDump(io: Io, argument: string, options: DecodeOptions): Promise<void> {
  const [{ hostPlatform, parseNotifications }, dump, { report }, { escapeText }] = await Promise.all([
    import('../../faces/sctp/index.js'),
    import('../sctp-dump.js'),
    import('../report.js'),
    import('../terminal.js'),
  ])
  const { platform = hostPlatform, endian, format } = options
  const bytes = await dump.readDump(io, argument)
  let faults = 0
  const onError = ({ message }: Error) => {
    faults++
    io.note(message)
  }
  const notifications = parseNotifications(bytes, { platform, endian, onError })
  const values = format === 'line' ? [] : notifications.map(dump.notificationValue)
  await report(io, format, values, () =>
    notifications.map((each) => escapeText(dump.notificationLine(each, platform))),
  )
  if (faults > 0) throw new Ending(Exit.failed)
  if (notifications.length === 0) throw new Ending(Exit.failed, 'there are no bytes to decode')
}
