import { type Command, Option } from 'commander'
import { define, groups } from '../../help/define.js'
import {
  addressOptions,
  addWithSynonym,
  countOption,
  durationOption,
  type HubOptions,
  hubOptions,
  jsonOption,
  reportFormatOption,
} from '../../help/options.js'
import { parseTimeout, sharedOption } from '../../help/vocabulary.js'
import type { Io } from '../../io.js'
import { defineAttach } from './define-attach.js'
import { parseMask } from './mask-argument.js'
import { readAnswerMode, readId, readInterval, readMoment, verbosities } from './option-values.js'
import type { ProduceOptions } from './produce.js'
import type { WatchOptions } from './watch.js'

export function defineNcs(program: Command, io: Io): void {
  const ncs = define(program, 'ncs', 'Work with notifications of NSO and ConfD', {
    group: groups.events,
    notes: [
      'The hub reports about itself, and programs report on behalf of an NSO or a device, in the notifications that programs for NSO and ConfD read.',
    ],
    examples: [
      { command: 'tocsin ncs watch --mask AUDIT,COMMIT_SIMPLE', does: 'who does what, as it happens' },
      {
        command: 'tocsin ncs run -- python3 monitor.py',
        does: 'a program for NSO, with this hub in the place of NSO',
      },
    ],
  })
  defineWatch(ncs, io)
  defineRun(ncs, io)
  defineProduce(ncs, io)
  defineAttach(ncs, io)
}

function defineWatch(ncs: Command, io: Io): void {
  const command = define(ncs, 'watch', 'Show notifications as a program for NSO or ConfD gets them', {
    notes: [
      'Without --mask: all types but COMMIT_DIFF, whose publisher waits for every subscriber; with --stream, that stream alone. Names may have their prefix (NOTIF_AUDIT), and numbers are masks as programs print them.',
      'With --sync the publishers of AUDIT, AUDIT_NETWORK, HA_INFO and COMMIT_DIFF wait until this command has answered, as --answer says. It needs the right gate. With --answer manual each Enter answers the oldest notification that waits.',
      'With --lag this command is not disconnected when it cannot keep up, as it is otherwise after 15 seconds in which it takes nothing.',
      'After a lost connection it connects again; what came in between is in the log: tocsin read ncs/ --from -1h. An answer that comes too late ends it, as it would end any program.',
    ],
    examples: [
      { command: 'tocsin ncs watch', does: 'everything that keeps nobody waiting' },
      {
        command: 'tocsin ncs watch --mask AUDIT,COMMIT_DIFF --sync --answer manual',
        does: 'hold each change of the hub and each commit until Enter is pressed',
      },
      {
        command: 'tocsin ncs watch --mask AUDIT --sync --answer delay=2s',
        does: 'see what a slow program does to those that wait for it',
      },
      {
        command: 'tocsin ncs watch --health 10s --duration 1m',
        does: 'whether the hub works; exit code 5 if there was no sign of it',
      },
      {
        command: 'tocsin ncs watch --format json | jq -r "select(.name == \\"AUDIT\\") | .audit.msg"',
        does: 'for other programs: one object a line',
      },
    ],
  })
  command
    .addOption(sharedOption('--mask').argParser(parseMask))
    .addOption(
      new Option('--heartbeat <interval>', 'a sign of life each 10s, 5000 (ms); at least 1s').argParser(
        readInterval,
      ),
    )
    .addOption(
      new Option(
        '--health <interval>',
        'the same after log, bus and listeners were probed; at least 1s',
      ).argParser(readInterval),
    )
    .addOption(sharedOption('--stream', { note: 'its events are shown' }))
    .addOption(sharedOption('--start').argParser(readMoment))
    .addOption(new Option('--stop <when>', 'end of the stream; +10m is in ten minutes').argParser(readMoment))
    .option('--xpath <expression>', 'only events of the stream for which this is true')
    .addOption(
      new Option('--usid <id>', 'only what this user session may see of the stream').argParser(readId),
    )
    .addOption(sharedOption('--verbosity', { note: 'for PROGRESS', usual: 'normal' }).choices(verbosities))
    .option('--sync', 'let publishers wait for the answers of this command')
    .addOption(
      sharedOption('--lag', {
        note: 'skip is not for --sync',
        usual: 'catch-up, but disconnected after 15s without reading',
      }).choices(['catch-up', 'skip', 'disconnect']),
    )
    .addOption(
      sharedOption('--module', { note: 'its keys are shown' }).choices(['ncs', 'confd']).default('ncs'),
    )
    .addOption(
      sharedOption('--format', {
        short: '-o',
        note: 'line or long for people, json (one object a line) or yaml',
      })
        .choices(['line', 'long', 'json', 'yaml'])
        .default('line'),
    )
  const answer = new Option('--answer <mode>', 'how to answer those who wait: auto, manual or delay=500ms')
    .argParser(readAnswerMode)
    .default({ how: 'auto' }, 'auto')
  addWithSynonym(command, answer, '--ack')
  hubOptions(jsonOption(durationOption(countOption(command))))
  command.action(async (options: WatchOptions) => {
    const { watchNotifications } = await import('./watch.js')
    await watchNotifications(io, options)
  })
}

function defineRun(ncs: Command, io: Io): void {
  const command = define(ncs, 'run <command...>', 'Run a Python program for NSO or ConfD against the hub', {
    notes: [
      'The program finds the hub by the usual variables (NCS_IPC_PATH, or NCS_IPC_ADDR and NCS_IPC_PORT), and Python modules in the place of the vendors’ by PYTHONPATH. Its exit code is that of this command, and signals are passed on to it.',
      'Only notifications are provided: `_ncs.events`, `_confd.events`, `sctp`, and what such programs use in addition to them.',
    ],
    examples: [
      { command: 'tocsin ncs run -- python3 monitor.py', does: 'with the hub on this machine' },
      {
        command: 'tocsin ncs run --url tcp://hub1:4581 -- python3 -m my.listener --audit',
        does: 'with another hub; the token is that of TOCSIN_TOKEN or of the context',
      },
    ],
  })
  addressOptions(command)
  command.passThroughOptions()
  command.action(async (words: string[], options: HubOptions) => {
    const { runNcsProgram } = await import('./run.js')
    await runNcsProgram(io, words, options)
  })
}

function defineProduce(ncs: Command, io: Io): void {
  const command = define(ncs, 'produce <notification>', 'Publish notifications of an NSO or a device', {
    changes: ({ dryRun }) => dryRun !== true,
    notes: [
      'The notification is JSON as `tocsin ncs watch --format json` prints it, @file, or - for one a line on stdin. Types and constants may be written by their names. Every key is checked.',
      'Prints the cursor of the event. If subscribers are waited for, it also prints who has answered and who has not; the exit code is 1 if an answer did not come. It needs the right produce.',
      'With - up to 100 notifications wait at the same time. The answers are printed in the order of the lines.',
    ],
    examples: [
      {
        command:
          'tocsin ncs produce \'{"type": "AUDIT", "audit": {"logno": 1, "user": "ann", "msg": "logged in", "usid": 12}}\'',
        does: 'wait until all subscribers with AUDIT_SYNC have answered',
      },
      {
        command: 'tocsin ncs produce @failed.json --dry-run',
        does: 'only check it, and show its tag',
      },
      { command: 'tocsin ncs produce - < recorded.ndjson', does: 'one notification a line' },
    ],
  })
  command
    .addOption(sharedOption('--source', { note: 'one that you may publish under', usual: 'your own' }))
    .addOption(
      new Option('--deadline <duration>', 'longest wait for answers (default: that of the hub)').argParser(
        parseTimeout,
      ),
    )
    .addOption(
      sharedOption('--verbosity', { note: 'of this PROGRESS', usual: 'normal' }).choices(verbosities),
    )
    .addOption(sharedOption('--dry-run'))
  hubOptions(jsonOption(reportFormatOption(command)))
  command.action(async (notification: string, options: ProduceOptions) => {
    const { produceNotifications } = await import('./produce.js')
    await produceNotifications(io, notification, options)
  })
}
