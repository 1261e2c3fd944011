import { type Command, InvalidArgumentError, Option } from 'commander'
import { define, groups } from '../../help/define.js'
import { conditionOptions, hubOptions, rangeOptions, strictOption } from '../../help/options.js'
import { parseCount, sharedOption } from '../../help/vocabulary.js'
import type { Io } from '../../io.js'
import type { ForwardOptions } from './forward-events.js'
import { parseSpeed } from './pace.js'

const MAX_BATCH = 1000

export function defineForward(program: Command, io: Io): void {
  const command = define(
    program,
    'forward [filter...]',
    'Send events on to another hub or an HTTP endpoint',
    {
      group: groups.copy,
      notes: [
        'A target with unix:, tcp://, tls://, ws:// or wss:// is another hub; to http:// and https:// forward posts CloudEvents. Every event arrives at least once, in order: after a crash or a lost answer some arrive twice, with the same id. Failed requests are retried with growing delays.',
        'An event is not sent to a hub where it has been before, so two hubs can forward to each other.',
      ],
      examples: [
        {
          command:
            'tocsin forward salt/ --target tls://central:4581 --target-token-file central.token --state salt.cursor',
          does: 'to another hub; after a restart it continues where it was',
        },
        {
          command: 'tocsin forward --target https://events.example/in --consumer audit --batch 100',
          does: 'CloudEvents in batches; this hub keeps the position',
        },
        {
          command: 'tocsin forward host/ --target http://127.0.0.1:8080/ --from -1h --speed 10x --dry-run',
          does: 'preview which events would be sent, and how fast',
        },
      ],
    },
  )
  command
    .requiredOption('--target <address>', 'where to send events: another hub, or http(s):// for CloudEvents')
    .option('--target-token-file <file>', 'file with the token for the target')
    .option('--target-ca <file>', 'CA certificate (PEM) that signed the certificate of the target hub')
  conditionOptions(command)
  rangeOptions(command, { usual: 'now' }, { usual: 'no end' })
  command
    .addOption(
      new Option(
        '--state <file>',
        'file in which the position is kept; once it exists, it takes precedence over --from',
      ).conflicts('consumer'),
    )
    .addOption(sharedOption('--consumer', { note: 'the hub keeps the position' }).conflicts(['from', 'to']))
    .addOption(
      new Option('--batch <n>', 'send up to n CloudEvents in one request (default: one each)').argParser(
        parseBatch,
      ),
    )
    .addOption(sharedOption('--speed', { usual: 'max' }).argParser(parseSpeed))
    .addOption(sharedOption('--dry-run', { note: 'ends at the current end of the log' }))
    .option('--skip-refused', 'continue after an event that the target refuses')
  strictOption(command)
  hubOptions(command)
  command.action(async (filters: string[], options: ForwardOptions) => {
    const { forwardEvents } = await import('./forward-events.js')
    await forwardEvents(io, filters, options)
  })
}

function parseBatch(text: string): number {
  const count = parseCount(text)
  if (count > MAX_BATCH) throw new InvalidArgumentError(`It is more than ${MAX_BATCH}.`)
  return count
}
