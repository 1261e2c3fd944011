import { resolve } from 'node:path'
import { type Address, formatAddress } from '../../../config/values/address.js'
import { formatTime } from '../../../event/position.js'
import { abilitiesOf, type DeviceAbilities, streamsOf } from '../../../protocols/netconf/client/abilities.js'
import type { NetconfSession } from '../../../protocols/netconf/client/session.js'
import { standardModules } from '../../../protocols/netconf/codec/namespaces.js'
import { type NetconfStream, rfc5277 } from '../../../protocols/netconf/codec/subscription.js'
import type { Io } from '../../io.js'
import { report } from '../../output/report.js'
import { type Column, tableLines } from '../../terminal/table.js'
import { escapeText } from '../../terminal/text.js'
import { deviceAddress, withDevice } from './connect-device.js'
import type { DeviceOptions } from './device-options.js'

export interface HelloOptions extends DeviceOptions {
  format?: string
}

/** Shows what a device can do, and the lines of the configuration for it. */
export async function showDevice(io: Io, device: string, options: HelloOptions): Promise<void> {
  const address = deviceAddress(device, options)
  const handlers = { notification: () => undefined, leftOut: io.note.bind(io), closed: () => {} }
  await withDevice(io, address, options, handlers, async (session) => {
    const abilities = await abilitiesOf(session)
    const streams = await streamsOf(session, abilities.protocol ?? rfc5277)
    const { hello, fingerprint } = session
    const lines = configurationLines(address, options, fingerprint)
    const found = {
      device: formatAddress(address),
      fingerprint,
      session: hello.sessionId,
      subscriptions: abilities.protocol?.name,
      pushes: abilities.pushes,
      capabilities: hello.capabilities,
      streams: streams.map(streamObject),
      configuration: lines.join('\n'),
    }
    await report(io, options.format, [found], () => [
      ...facts(session, address, abilities),
      '',
      ...tableLines(columns, streams, io.out.columns),
      '',
      ...lines,
    ])
  })
}

function facts(
  { hello, fingerprint }: NetconfSession,
  address: Address,
  { protocol, pushes, modules }: DeviceAbilities,
): string[] {
  const plain = hello.capabilities.filter((uri) => !uri.includes('module='))
  return [
    `device       ${formatAddress(address)}`,
    `fingerprint  ${fingerprint}`,
    `session      ${hello.sessionId ?? 'without a number'}`,
    `modules      ${Math.max(hello.capabilities.length - plain.length, modules.size - standardModules.size)}`,
    `subscribe    ${protocol?.name ?? 'no'}${pushes ? ', and pushes of datastores (RFC 8641)' : ''}`,
    'capabilities',
    ...plain.map((uri) => `  ${escapeText(uri)}`),
  ]
}

const time = (micros: number | undefined) => (micros === undefined ? undefined : formatTime(micros))

const columns: readonly Column<NetconfStream>[] = [
  { title: 'STREAM', text: ({ name }) => name },
  {
    title: 'KEPT SINCE',
    text: ({ hasReplay, logCreated }) => (hasReplay ? (time(logCreated) ?? '?') : 'no'),
  },
  { title: 'FORGOTTEN UNTIL', text: ({ logAged }) => time(logAged) ?? '-' },
  { title: 'DESCRIPTION', text: ({ description = '' }) => description, flexible: true },
]

function streamObject({ name, description, hasReplay, logCreated, logAged }: NetconfStream): object {
  return { name, description, replay: hasReplay, logCreated: time(logCreated), logAged: time(logAged) }
}

/** As they are added to `tocsin.yaml`. */
function configurationLines(address: Address, options: DeviceOptions, fingerprint: string): string[] {
  const { user = 'USER', keyFile, passwordFile, certificate, ca, pin } = options
  const quoted = JSON.stringify(address.host)
  const host = /^[A-Za-z][\w.-]*$/.test(address.host) ? address.host : quoted
  const login =
    certificate === undefined
      ? [
          `      user: ${user}`,
          keyFile === undefined
            ? `      passwordFile: ${wholePath(passwordFile)}`
            : `      keyFile: ${wholePath(keyFile)}`,
          `      hostKey: ${fingerprint}`,
        ]
      : [
          '      tls:',
          `        certificate: ${wholePath(certificate)}`,
          `        key: ${wholePath(keyFile)}`,
          ca === undefined || pin !== undefined
            ? `        fingerprint: ${fingerprint}`
            : `        ca: ${wholePath(ca)}`,
        ]
  const name = /^[\d.:]+$/.test(address.host) ? 'NAME' : address.host.split('.')[0]
  return [
    'sources:',
    '  netconf:',
    `    - name: ${name}`,
    `      host: ${host}`,
    `      port: ${address.port}`,
    ...login,
  ]
}

/** The hub runs in another folder. `FILE` stands for a file that is still to be written. */
function wholePath(file: string | undefined): string {
  return file === undefined || file === '-' ? 'FILE' : resolve(file)
}
