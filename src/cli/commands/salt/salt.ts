import type { Command } from 'commander'
import { define, groups } from '../../help/define.js'
import {
  addressOptions,
  countOption,
  durationOption,
  hubOptions,
  rangeOptions,
  reportFormatOption,
} from '../../help/options.js'
import { parseTimeout, sharedOption } from '../../help/vocabulary.js'
import type { Io } from '../../io.js'
import type { FireOptions } from './fire-events.js'
import type { JobsOptions } from './jobs/show-jobs.js'
import type { SaltNode } from './opts.js'
import type { EventOptions } from './show-events.js'
import type { WaitOptions } from './wait-for-event.js'

const JID = '20261120044233603103'

export function defineSalt(program: Command, io: Io): void {
  const salt = define(program, 'salt', 'Work with the event bus of Salt', {
    group: groups.events,
    notes: [
      'event, send, fire, fire-master and wait use the sockets of a Salt event bus directly: those of a master or minion, or of a hub that provides them. They need no hub, and find the sockets in the Salt configuration. Their arguments are those of the Salt functions of the same name.',
    ],
    examples: [
      { command: 'tocsin salt event pretty=True', does: 'events on the bus of the master, easy to read' },
      { command: 'tocsin salt jobs', does: 'the last jobs, with the minions that did not return' },
    ],
  })
  defineEvent(salt, io)
  defineSend(salt)
  defineFire(salt)
  defineFireMaster(salt)
  defineWaitFor(salt, io)
  defineJobs(salt, io)
}

function defineEvent(salt: Command, io: Io): void {
  const command = define(salt, 'event [tagmatch] [arguments...]', 'Print events, like state.event of Salt', {
    notes: [
      "Prints one line an event: the tag, a tab, and JSON as Python writes it. tagmatch is a glob or a regular expression for the whole tag. Salt's own spelling is accepted too: pretty=True count=5 quiet=True node=minion sock_dir=/run/salt.",
      'Bytes that are not text are printed as base64, and a datetime as 2026-11-20 04:42:33.603103. Unlike Salt, the command does not print a line `None` after the last event.',
      'With --from, the events come from the log of a hub, source salt/<bus>: first the past ones, then new ones as they happen.',
    ],
    examples: [
      {
        command: "tocsin salt event 'salt/job/*/ret/*' pretty=True",
        does: 'job returns, easy to read',
      },
      { command: "tocsin salt event 'salt/auth' --count 1", does: 'print the next one and end' },
      { command: 'tocsin salt event --node minion', does: 'the bus of the minion on this host' },
      {
        command: "tocsin salt event 'salt/job/*' --from -1h --to now",
        does: 'what the hub stored in the last hour',
      },
    ],
  })
  countOption(command)
  durationOption(command)
  command
    .addOption(sharedOption('--quiet'))
    .option('--pretty', 'print the data on several lines, with sorted keys')
  busOptions(command, 'master')
  logOptions(command)
  hubOptions(command)
  command.action(async (tagmatch: string | undefined, words: string[], options: EventOptions) => {
    const { showSaltEvents } = await import('./show-events.js')
    await showSaltEvents(io, tagmatch === undefined ? [] : [tagmatch, ...words], options)
  })
}

function defineSend(salt: Command): void {
  const command = define(
    salt,
    'send <tag> [arguments...]',
    'Send an event to the master, like event.send of Salt',
    {
      notes: [
        'The arguments are the data, a map in YAML, and name=value pairs, which are added to the data. with_env=True or with_env=[NAME, …] adds environment variables, with_grains the grains in the configuration file of the minion, and with_env_opts saltenv and pillarenv.',
        'With --node master, the default, the event goes to the bus of the master, as with `salt-run event.send`; with --node minion, the minion is asked to send it on, as with `salt-call event.send`. In that case preload={…} puts it directly on the bus of the master, as fire-master does; --sock-dir is then the folder of the sockets of the master.',
      ],
      examples: [
        {
          command: "tocsin salt send myco/build/success '{success: True, n: 7}'",
          does: 'with the data as YAML',
        },
        {
          command: 'tocsin salt send myco/build/success success=True with_env=[BUILD_ID]',
          does: 'with the data as pairs, and an environment variable',
        },
        { command: "tocsin salt send myco/up '{a: 1}' --node minion", does: 'through the minion' },
      ],
    },
  )
  busOptions(command, 'master')
  timeoutOption(command)
  command.action(async (tag: string, words: string[], options: FireOptions) => {
    const { sendEvent } = await import('./fire-events.js')
    await sendEvent(tag, words, options)
  })
}

function defineFire(salt: Command): void {
  const command = define(
    salt,
    'fire <data> <tag>',
    'Fire an event on the bus of a minion, like event.fire of Salt',
    {
      notes: ['The data is a map in YAML.'],
      examples: [
        {
          command: "tocsin salt fire '{data: some text}' customtag/african/unladen",
          does: 'on the minion of this host',
        },
        {
          command: "tocsin salt fire '{a: 1}' my/tag --minion web1",
          does: 'on one of several minions of this host',
        },
        { command: "tocsin salt fire '{a: 1}' my/tag --node master", does: 'on the bus of the master' },
      ],
    },
  )
  busOptions(command, 'minion')
  timeoutOption(command)
  command.action(async (data: string, tag: string, options: FireOptions) => {
    const { fireEvent } = await import('./fire-events.js')
    await fireEvent([data, tag], options)
  })
}

function defineFireMaster(salt: Command): void {
  const command = define(
    salt,
    'fire-master <data> <tag> [preload]',
    'Let a minion fire an event on its master, like event.fire_master of Salt',
    {
      notes: [
        'With preload, a map in YAML, the event goes directly to the bus of the master, in the form in which the master would receive it, with the keys of preload next to id, tag, data and cmd; --sock-dir is then the folder of the sockets of the master.',
      ],
      examples: [
        { command: "tocsin salt fire-master '{a: 1}' my/tag", does: 'through the minion of this host' },
        {
          command: "tocsin salt fire-master '{a: 1}' my/tag '{pretag: site1}' --minion web1",
          does: 'as if web1 had sent it',
        },
      ],
    },
  )
  placeOptions(command)
  minionOption(command)
  timeoutOption(command)
  command.action(async (data: string, tag: string, preload: string | undefined, options: FireOptions) => {
    const { fireMaster } = await import('./fire-events.js')
    await fireMaster(preload === undefined ? [data, tag] : [data, tag, preload], options)
  })
}

function defineWaitFor(salt: Command, io: Io): void {
  const command = define(salt, 'wait <name>', 'Wait for an event of each minion, like salt.wait_for_event', {
    notes: [
      'The name is a glob for the tag. Prints each ID as its event arrives. The exit code is 0 when all have arrived and 5 when --timeout passes first.',
      'An event may be published before this command listens. With --from, events in the log of a hub count too.',
    ],
    examples: [
      {
        command: "tocsin salt wait 'salt/minion/*/start' --ids web1,web2 --timeout 300",
        does: 'until both minions have started',
      },
      {
        command: "tocsin salt wait 'salt/cloud/*/created' --ids vm1,vm2 --event-id name --timeout 15m",
        does: 'take the IDs from the key name of the data',
      },
    ],
  })
  command
    .requiredOption('--ids <list>', 'IDs to wait for, separated by commas')
    .option('--event-id <key>', 'key of the data that holds the ID', 'id')
  busOptions(command, 'master')
  logOptions(command)
  addressOptions(command).addOption(
    sharedOption('--timeout', { note: 'a plain number means seconds', usual: '300' }).argParser(parseSeconds),
  )
  reportFormatOption(command)
  command.action(async (name: string, options: WaitOptions) => {
    const { waitForEvent } = await import('./wait-for-event.js')
    await waitForEvent(io, name, options)
  })
}

function defineJobs(salt: Command, io: Io): void {
  const command = define(salt, 'jobs [jid]', 'Show jobs and their returns, from the log of a hub', {
    notes: [
      'Shows which minions were targeted, returned, failed or are missing, and how long each job took. With a job ID it shows every minion of that job, and which states failed.',
      'With --watch the command then follows new events; with a job ID, until all minions have returned.',
    ],
    examples: [
      { command: 'tocsin salt jobs', does: 'the last 20 jobs' },
      {
        command: `tocsin salt jobs ${JID} --changes`,
        does: 'which states of a highstate changed something or failed',
      },
      {
        command: `tocsin salt jobs ${JID} --watch --timeout 10m`,
        does: 'until the last minion has returned; exit code 5 if one does not return in time',
      },
      {
        command: "tocsin salt jobs --from -1d --format json | jq -r 'select(.missing != []) | .jid'",
        does: 'jobs of the last day that miss returns',
      },
    ],
  })
  command
    .addOption(sharedOption('--bus', { usual: 'all of them' }))
    .addOption(sharedOption('--from', { usual: 'start' }))
    .option('--changes', 'show which states changed something, and which failed')
    .option('--watch', 'follow new events')
    .addOption(sharedOption('--limit', { note: 'the most recent ones', usual: '20' }))
    .addOption(sharedOption('--duration', { note: 'with --watch' }))
  reportFormatOption(command)
  hubOptions(command, { note: 'with --watch also for the returns of the job', usual: '30s for an answer' })
  command.action(async (jid: string | undefined, options: JobsOptions) => {
    const { showJobs } = await import('./jobs/show-jobs.js')
    await showJobs(io, jid, options)
  })
}

/** Which bus. */
function busOptions(command: Command, node: SaltNode): void {
  command.addOption(sharedOption('--node').choices(['master', 'minion']).default(node))
  placeOptions(command)
  minionOption(command)
}

function placeOptions(command: Command): void {
  command
    .addOption(sharedOption('--sock-dir', { usual: 'as in the Salt configuration' }))
    .addOption(sharedOption('--config-dir', { usual: '/etc/salt' }))
}

function minionOption(command: Command): void {
  command.addOption(sharedOption('--minion', { usual: 'as in the Salt configuration' }))
}

/** For events from the log of a hub instead of the bus. */
function logOptions(command: Command): void {
  rangeOptions(command, { note: 'read from the log of a hub' }, { note: 'with --from' })
  command.addOption(sharedOption('--bus', { note: 'with --from', usual: 'that of the node' }))
}

function timeoutOption(command: Command): void {
  command.addOption(sharedOption('--timeout', { usual: '5s' }))
}

/** A plain number means seconds, as in Salt. */
function parseSeconds(text: string): number {
  return parseTimeout(/^\d+(\.\d+)?$/.test(text) ? `${text}s` : text)
}
