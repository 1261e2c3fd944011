import { type Command, InvalidArgumentError } from 'commander'
import { define, groups } from '../../help/define.js'
import { countOption, durationOption, reportFormatOption } from '../../help/options.js'
import { sharedOption } from '../../help/vocabulary.js'
import type { Io } from '../../io.js'
import { readMicros } from '../ncs/option-values.js'
import { deviceOptions } from './device-options.js'
import type { HelloOptions } from './hello.js'
import type { SubscriptionsOptions } from './subscriptions.js'
import type { WatchDeviceOptions } from './watch.js'

const DEVICE =
  'The device is a host such as r1.example, or r1.example:22. The usual port is 830, and 6513 over TLS, which --certificate asks for.'
const LOGIN =
  'The password is read from --password-file, from TOCSIN_NETCONF_PASSWORD, or asked for; it is never an argument. Without --host-key nothing is sent, and the message names the fingerprint to compare.'

export function defineNetconf(program: Command, io: Io): void {
  const netconf = define(program, 'netconf', 'Work with network devices over NETCONF', {
    group: groups.events,
    notes: ['These commands need no hub; `sources.netconf` in the configuration takes events into one.'],
    examples: [
      {
        command: 'tocsin netconf hello r1.example --user admin',
        does: 'the fingerprint of the host key, to compare',
      },
      {
        command: 'tocsin netconf hello r1.example --user admin --key-file r1.key --host-key SHA256:...',
        does: 'capabilities, streams, and the lines of the configuration',
      },
    ],
  })
  defineHello(netconf, io)
  defineDeviceWatch(netconf, io)
  defineSubscriptions(netconf, io)
}

function defineHello(netconf: Command, io: Io): void {
  const command = define(netconf, 'hello <device>', 'Show what a device can do, and how to configure it', {
    notes: [
      DEVICE,
      LOGIN,
      'Of each stream it says since when the device keeps notifications, so that a source can fetch what it has missed.',
    ],
    examples: [
      {
        command: 'tocsin netconf hello r1.example --user admin --key-file r1.key --host-key SHA256:...',
        does: 'all of it',
      },
      {
        command:
          'tocsin netconf hello r1.example --certificate c.pem --key-file k.pem --pin AB:CD... --format json',
        does: 'over TLS, for other programs',
      },
    ],
  })
  deviceOptions(reportFormatOption(command)).action(async (device: string, options: HelloOptions) => {
    const { showDevice } = await import('./hello.js')
    await showDevice(io, device, options)
  })
}

function defineDeviceWatch(netconf: Command, io: Io): void {
  const command = define(netconf, 'watch <device>', 'Show the notifications of a device as they happen', {
    notes: [DEVICE, LOGIN],
    examples: [
      {
        command: 'tocsin netconf watch r1.example --user admin --key-file r1.key --host-key SHA256:...',
        does: 'one line each',
      },
      {
        command:
          'tocsin netconf watch r1.example --user admin --key-file r1.key --host-key SHA256:... --since 2026-11-27T00:00:00Z --format json',
        does: 'also those that the device has kept since then, as JSON',
      },
    ],
  })
  command
    .addOption(sharedOption('--stream', { note: 'of the device' }).default('NETCONF'))
    .option(
      '--since <when>',
      'begin with those that the device has kept since -1h, 06:00 or an RFC 3339 time',
      readMicros,
    )
  durationOption(countOption(command))
  deviceOptions(reportFormatOption(command)).action(async (device: string, options: WatchDeviceOptions) => {
    const { watchDevice } = await import('./watch.js')
    await watchDevice(io, device, options)
  })
}

function defineSubscriptions(netconf: Command, io: Io): void {
  const name = 'subscriptions <device>'
  const command = define(netconf, name, 'Show the subscriptions of a device, or end one', {
    notes: [
      DEVICE,
      LOGIN,
      'For devices that have subscriptions of RFC 8639. Those of all sessions are listed.',
    ],
    examples: [
      {
        command:
          'tocsin netconf subscriptions r1.example --user admin --key-file r1.key --host-key SHA256:...',
        does: 'a row for each',
      },
      {
        command:
          'tocsin netconf subscriptions r1.example --user admin --key-file r1.key --host-key SHA256:... --kill 22',
        does: 'end number 22 of any session',
      },
    ],
  })
  command.option('--kill <n>', 'end the subscription with this number', readNumber)
  deviceOptions(reportFormatOption(command)).action(async (device: string, options: SubscriptionsOptions) => {
    const { showSubscriptions } = await import('./subscriptions.js')
    await showSubscriptions(io, device, options)
  })
}

function readNumber(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError('It is not the number of a subscription.')
  return Number(text)
}
