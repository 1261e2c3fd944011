import { type Command, InvalidArgumentError, Option } from 'commander'
import { define } from '../define.js'
import { groups } from '../groups.js'
import type { Io } from '../io.js'
import {
  checkPosition,
  type HubOptions,
  hubOptions,
  parseCount,
  strictOption,
  whereOption,
} from '../options.js'
import { parseSpeed } from '../pace.js'

export interface ForwardOptions extends HubOptions {
  to: string
  where?: string
  from?: string
  until?: string
  state?: string
  consumer?: string
  batch?: number
  speed?: number
  dryRun?: boolean
  skipRefused?: boolean
  strict?: boolean
  toTokenFile?: string
  toCa?: string
}

const MOST_BATCH = 1000

export function defineForward(program: Command, io: Io): void {
  const command = define(
    program,
    'forward [filter...]',
    'bring events to another hub or to an HTTP endpoint',
    {
      group: groups.events,
      notes: [
        'To another hub by unix:, tcp://, tls://, ws:// or wss://; to http:// and https:// it posts CloudEvents. Every event arrives at least once, in order: after a crash or a lost answer some come twice, with the same id. Failed requests are made again after growing pauses. An event is not sent to a hub where it has been, so that two hubs can forward to each other.',
      ],
      examples: [
        {
          command:
            'tocsin forward salt/ --to tls://central:4581 --state salt.cursor --to-token-file central.token',
          does: 'to another hub, going on where it was after a restart',
        },
        {
          command: 'tocsin forward --to https://events.example/in --consumer audit --batch 100',
          does: 'CloudEvents in batches; this hub keeps the position',
        },
        {
          command: 'tocsin forward host/ --to http://127.0.0.1:8080/ --from -1h --speed 10x --dry-run',
          does: 'see what would be sent, and at which pace',
        },
      ],
    },
  )
  command
    .requiredOption('--to <url>', 'where to: another hub, or http(s):// for CloudEvents')
    .addOption(
      new Option('--from <position>', 'where to begin; see tocsin help range (default: now)').argParser(
        checkPosition,
      ),
    )
    .addOption(
      new Option('--until <position>', 'where to end (default: not at all)').argParser(checkPosition),
    )
    .addOption(
      new Option('--state <file>', 'keep the position in this file; it counts more than --from').conflicts(
        'consumer',
      ),
    )
    .addOption(
      new Option('--consumer <name>', 'as a durable consumer: the hub keeps the position').conflicts([
        'from',
        'until',
      ]),
    )
    .addOption(
      new Option('--batch <n>', 'so many CloudEvents in one request (default: each alone)').argParser(
        parseBatch,
      ),
    )
    .addOption(
      new Option('--speed <factor>', 'at the pace they had, times this: 1x, 10x (default: max)').argParser(
        parseSpeed,
      ),
    )
    .option('--dry-run', 'show what would be sent, up to the end of the log as it is now')
    .option('--skip-refused', 'go on after an event that the target refuses')
    .option('--to-token-file <file>', 'the token for the target stands in this file')
    .option('--to-ca <file>', 'who signed the certificate of the other hub')
  strictOption(command)
  hubOptions(command, 'how long to wait for this hub, such as 10s (default: 30s)')
  whereOption(command)
  command.action(async (filters: string[], options: ForwardOptions) => {
    const { forwardEvents } = await import('../forward-events.js')
    await forwardEvents(io, filters, options)
  })
}

function parseBatch(text: string): number {
  const count = parseCount(text)
  if (count > MOST_BATCH) throw new InvalidArgumentError(`It is more than ${MOST_BATCH}.`)
  return count
}
