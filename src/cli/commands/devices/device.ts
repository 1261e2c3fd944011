import { type Command, InvalidArgumentError, Option } from 'commander'
import { formatDuration, parseDuration } from '../../../config/values/quantities.js'
import { CONFIRM } from '../../../devices/limits.js'
import { define, groups } from '../../help/define.js'
import { jsonOption, reportOptions } from '../../help/options.js'
import type { Io } from '../../io.js'
import type { DeviceCommandOptions, DevicePruneOptions, DevicePushOptions } from './push-change.js'

const [least, most, usual] = [CONFIRM.least, CONFIRM.most, CONFIRM.usual].map((s) => formatDuration(s * 1000))

export function defineDevice(program: Command, io: Io): void {
  const device = define(program, 'device', 'Send configuration to network devices', {
    group: groups.inspect,
    notes: [
      'Off unless `devices.<name>.push: true` is in the configuration, and for principals with `devices: push`. Each device has a queue, which outlives the hub.',
    ],
    examples: [
      {
        command: 'tocsin device push r1 --file change.xml',
        does: 'send a change, and wait until it is made',
      },
      { command: 'tocsin device queue', does: 'the changes that wait, and the last ones' },
    ],
  })
  definePush(device, io)
  defineQueue(device, io)
  definePrune(device, io)
}

function definePush(device: Command, io: Io): void {
  const command = define(device, 'push <name>', 'Send a change to a device', {
    changes: true,
    notes: [
      'The change is the content of `config` as XML. The device is locked; the change is made in its candidate, validated, committed, and confirmed in the same session. A device that loses the hub before that returns to what it had.',
    ],
    examples: [
      {
        command: 'tocsin device push r1 --file change.xml --confirm 60s',
        does: 'exit code 1 if it has failed',
      },
    ],
  })
  command
    .addOption(
      new Option('--file <path>', 'file with the change; - for standard input').makeOptionMandatory(),
    )
    .addOption(
      new Option(
        '--confirm <duration>',
        `time after which the device returns to what it had, if it is not confirmed (default: ${usual})`,
      ).argParser(readConfirm),
    )
    .option('--no-wait', 'do not wait for the device')
  jsonOption(reportOptions(command)).action(async (name: string, options: DevicePushOptions) => {
    const { pushChange } = await import('./push-change.js')
    await pushChange(io, name, options)
  })
}

/** Returns whole seconds. */
function readConfirm(text: string): number {
  const seconds = Math.ceil((parseDuration(text) ?? 0) / 1000)
  if (seconds >= CONFIRM.least && seconds <= CONFIRM.most) return seconds
  throw new InvalidArgumentError(`It is not a duration from ${least} to ${most}.`)
}

function defineQueue(device: Command, io: Io): void {
  const command = define(device, 'queue [name]', 'List changes that wait, and the last ones', {
    examples: [{ command: 'tocsin device queue r1', does: 'those of one device' }],
  })
  jsonOption(reportOptions(command)).action(
    async (name: string | undefined, options: DeviceCommandOptions) => {
      const { showQueue } = await import('./push-change.js')
      await showQueue(io, name, options)
    },
  )
}

function definePrune(device: Command, io: Io): void {
  const command = define(device, 'prune <name>', 'Delete changes for a device', {
    changes: true,
    notes: ['One that is being sent stays.'],
    examples: [{ command: 'tocsin device prune r1', does: 'those that wait are not sent' }],
  })
  command.option('--item <id>', 'only this one')
  jsonOption(reportOptions(command)).action(async (name: string, options: DevicePruneOptions) => {
    const { pruneQueue } = await import('./push-change.js')
    await pruneQueue(io, name, options)
  })
}
