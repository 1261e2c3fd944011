import type { Command } from 'commander'
import { choiceOption } from '../choice.js'
import { define } from '../define.js'
import { groups } from '../groups.js'
import type { Io } from '../io.js'
import {
  checkPosition,
  countOption,
  hubOptions,
  parseTimeout,
  rangeOptions,
  reportFormatOption,
} from '../options.js'
import type { FireOptions } from '../salt/fire-events.js'
import type { JobsOptions } from '../salt/jobs/show-jobs.js'
import type { SaltNode } from '../salt/opts.js'
import type { EventOptions } from '../salt/show-events.js'
import type { WaitOptions } from '../salt/wait-for-event.js'

const JID = '20261120044233603103'

export function defineSalt(program: Command, io: Io): void {
  const salt = define(program, 'salt', 'the event bus of Salt', {
    group: groups.events,
    notes: [
      'event, send, fire, fire-master and wait talk to the sockets of a Salt event bus: of a genuine master or minion, or of a hub that has them. No hub is needed. Where the sockets are, Salt’s own configuration says.',
    ],
    examples: [
      { command: 'tocsin salt event pretty=True', does: 'what happens on the bus of the master' },
      { command: 'tocsin salt jobs', does: 'the last jobs, and who did not return' },
    ],
  })
  defineEvent(salt, io)
  defineSend(salt, io)
  defineFire(salt, io)
  defineFireMaster(salt, io)
  defineWaitFor(salt, io)
  defineJobs(salt, io)
}

function defineEvent(salt: Command, io: Io): void {
  const command = define(
    salt,
    'event [tagmatch] [arguments...]',
    'print events as state.event of Salt does',
    {
      notes: [
        'A line an event: tag, tab, JSON as Python writes it. The tag is a glob or a regular expression for the whole tag. Also Salt’s own spelling is taken: pretty=True count=5 quiet=True node=minion sock_dir=/run/salt.',
        'Bytes that are no text are base64, a datetime is 2026-11-20 04:42:33.603103. Unlike Salt there is no line `None` after the last event.',
        'With --from the events come from the log of a hub, source salt/<bus>: first those of the past, then as they happen.',
      ],
      examples: [
        {
          command: "tocsin salt event 'salt/job/*/ret/*' pretty=True",
          does: 'returns of jobs, easy to read',
        },
        { command: "tocsin salt event 'salt/auth' --count 1", does: 'wait for one, print it, end' },
        { command: 'tocsin salt event --node minion', does: 'the bus of the minion on this host' },
        {
          command: "tocsin salt event 'salt/job/*' --from -1h --to now",
          does: 'what the hub has of the last hour',
        },
      ],
    },
  )
  countOption(command, 'end after so many events')
  command.option('--quiet', 'print nothing').option('--pretty', 'on several lines, keys sorted')
  busOptions(command, 'master')
  logOptions(command, 'end after this time, such as 30s; exit code 5 when nothing came')
  command.action(async (tagmatch: string | undefined, words: string[], options: EventOptions) => {
    const { showSaltEvents } = await import('../salt/show-events.js')
    await showSaltEvents(io, tagmatch === undefined ? [] : [tagmatch, ...words], options)
  })
}

function defineSend(salt: Command, io: Io): void {
  const command = define(
    salt,
    'send <tag> [arguments...]',
    'send an event to the master, as event.send of Salt',
    {
      notes: [
        'The arguments are data as a map in YAML, and name=value pairs, which go into the data too. with_env=True or with_env=[NAME, …] adds variables of the environment, with_grains those of the configuration file of the minion, with_env_opts saltenv and pillarenv.',
        'With --node master, the default, the event goes on the bus of the master as `salt-run event.send` has it; with --node minion the minion is asked to send it on, as by `salt-call event.send`. There preload={…} puts it straight on the bus of the master, as fire-master does; --sock-dir is then the folder of its sockets.',
      ],
      examples: [
        { command: "tocsin salt send myco/build/success '{success: True, n: 7}'", does: 'data in YAML' },
        {
          command: 'tocsin salt send myco/build/success success=True with_env=[BUILD_ID]',
          does: 'and in pairs',
        },
        { command: "tocsin salt send myco/up '{a: 1}' --node minion", does: 'by way of the minion' },
      ],
    },
  )
  busOptions(command, 'master')
  timeoutOption(command)
  command.action(async (tag: string, words: string[], options: FireOptions) => {
    const { sendEvent } = await import('../salt/fire-events.js')
    await sendEvent(io, tag, words, options)
  })
}

function defineFire(salt: Command, io: Io): void {
  const command = define(
    salt,
    'fire <data> <tag>',
    'fire an event on the bus of a minion, as event.fire of Salt',
    {
      notes: ['The data is a map in YAML.'],
      examples: [
        {
          command: "tocsin salt fire '{data: some text}' customtag/african/unladen",
          does: 'on the minion here',
        },
        { command: "tocsin salt fire '{a: 1}' my/tag --minion web1", does: 'on one of several' },
        { command: "tocsin salt fire '{a: 1}' my/tag --node master", does: 'on the bus of the master' },
      ],
    },
  )
  busOptions(command, 'minion')
  timeoutOption(command)
  command.action(async (data: string, tag: string, options: FireOptions) => {
    const { fireEvent } = await import('../salt/fire-events.js')
    await fireEvent(io, [data, tag], options)
  })
}

function defineFireMaster(salt: Command, io: Io): void {
  const command = define(
    salt,
    'fire-master <data> <tag> [preload]',
    'have the minion fire an event on its master, as event.fire_master of Salt',
    {
      notes: [
        'With preload, a map in YAML, the event goes straight on the bus of the master in the shape that it arrives there in, with the keys of preload beside id, tag, data and cmd; --sock-dir is then the folder of the sockets of the master.',
      ],
      examples: [
        { command: "tocsin salt fire-master '{a: 1}' my/tag", does: 'by way of the minion on this host' },
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
    const { fireMaster } = await import('../salt/fire-events.js')
    await fireMaster(io, preload === undefined ? [data, tag] : [data, tag, preload], options)
  })
}

function defineWaitFor(salt: Command, io: Io): void {
  const command = define(salt, 'wait <name>', 'wait for an event of each minion, as salt.wait_for_event', {
    notes: [
      'The name is a glob for the tag. Prints each id as its event comes, and ends with 0 when all came, with 5 when the time is over.',
      'An event may come before this command listens: --from counts those in the log of a hub too.',
    ],
    examples: [
      {
        command: "tocsin salt wait 'salt/minion/*/start' --ids web1,web2 --timeout 300",
        does: 'until both are back',
      },
      {
        command: "tocsin salt wait 'salt/cloud/*/created' --ids vm1,vm2 --event-id name --timeout 15m",
        does: 'by another key of the data',
      },
    ],
  })
  command
    .requiredOption('--ids <list>', 'whose events, separated by commas')
    .option('--event-id <key>', 'key of the data that holds the id', 'id')
  busOptions(command, 'master')
  logOptions(command, 'give up after so many seconds, or a duration such as 5m (default: 300)', parseSeconds)
  reportFormatOption(command)
  command.action(async (name: string, options: WaitOptions) => {
    const { waitForEvent } = await import('../salt/wait-for-event.js')
    await waitForEvent(io, name, options)
  })
}

function defineJobs(salt: Command, io: Io): void {
  const command = define(salt, 'jobs [jid]', 'jobs of minions, from the log of a hub', {
    notes: [
      'Who was targeted, who returned, who failed, who is missing, and how long it took. With a job id: every minion of it, and of state returns what failed.',
      'Without --watch it shows what the log has. With --watch it goes on: with a job id until everybody has returned.',
    ],
    examples: [
      { command: 'tocsin salt jobs', does: 'the last 20 jobs' },
      { command: `tocsin salt jobs ${JID} --changes`, does: 'what a highstate changed, and what failed' },
      {
        command: `tocsin salt jobs ${JID} --watch --timeout 10m`,
        does: 'until the last minion has returned; exit code 5 when one does not in time',
      },
      {
        command: "tocsin salt jobs --from -1d --format json | jq -r 'select(.missing != []) | .jid'",
        does: 'jobs of the last day with minions missing',
      },
    ],
  })
  command
    .option('--bus <name>', 'only of this Salt bus of the hub (default: of every one)')
    .option('--from <position>', 'where in the log to begin (default: all of it)', checkPosition)
    .option('--changes', 'of state returns what changed, and what failed')
    .option('--watch', 'go on with what happens from now on')
  countOption(command, 'so many jobs, the last ones (default: 20)')
  reportFormatOption(command)
  hubOptions(command, 'with --watch: end after this time; exit code 5 when the job is not done')
  command.action(async (jid: string | undefined, options: JobsOptions) => {
    const { showJobs } = await import('../salt/jobs/show-jobs.js')
    await showJobs(io, jid, options)
  })
}

/** Which bus. */
function busOptions(command: Command, node: SaltNode): void {
  command.addOption(choiceOption('--node <node>', 'whose bus', ['master', 'minion'], node))
  placeOptions(command)
  minionOption(command)
}

function placeOptions(command: Command): void {
  command
    .option('--sock-dir <dir>', 'folder of the sockets (default: as the configuration of Salt says)')
    .option('--config-dir <dir>', 'folder of the configuration of Salt (default: /etc/salt)')
}

function minionOption(command: Command): void {
  command.option('--minion <id>', 'which minion (default: that of the configuration)')
}

/** Where events come from the log instead. */
function logOptions(command: Command, timeout: string, parseTime?: (text: string) => number): void {
  rangeOptions(
    command,
    'from the log of a hub, from here on; see tocsin help range',
    'with --from: end there; see tocsin help range',
  )
  command.option('--bus <name>', 'with --from: name of the bus in the hub (default: that of the node)')
  hubOptions(command, timeout, parseTime)
}

function timeoutOption(command: Command): void {
  command.option('--timeout <duration>', 'how long to try to reach the bus (default: 5s)', parseTimeout)
}

/** Salt gives seconds. */
function parseSeconds(text: string): number {
  return parseTimeout(/^\d+(\.\d+)?$/.test(text) ? `${text}s` : text)
}
