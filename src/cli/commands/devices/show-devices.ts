import type { DeviceInfo } from '../../../methods/contract/index.js'
import type { ReportOptions } from '../../help/options.js'
import { ask } from '../../hub/connect.js'
import type { Io } from '../../io.js'
import { report } from '../../output/report.js'
import { formatCount, formatSpan } from '../../terminal/figures.js'
import { type Column, tableLines } from '../../terminal/table.js'
import { escapeText } from '../../terminal/text.js'

export async function showDevices(io: Io, name: string | undefined, options: ReportOptions): Promise<void> {
  const { devices } = await ask(io, options, 'devices.list', name === undefined ? {} : { name })
  const now = Date.now() * 1000
  await report(io, options.format, devices, () => {
    if (name !== undefined) return devices.flatMap((device) => deviceLines(device, now))
    return devices.length === 0
      ? ['no devices are configured']
      : tableLines(deviceColumns(now), devices, io.out.columns)
  })
}

export function deviceColumns(now: number): readonly Column<DeviceInfo>[] {
  return [
    { title: 'DEVICE', text: ({ name }) => name, flexible: true },
    { title: 'ADDRESS', text: ({ address }) => address, flexible: true },
    { title: 'STATE', text: ({ state }) => state },
    { title: 'STREAM', text: ({ stream }) => stream },
    { title: 'CAPABILITIES', text: ({ capabilities }) => formatCount(capabilities), right: true },
    { title: 'LAST EVENT', text: (device) => lastEvent(device, now), right: true },
    { title: 'EVENTS', text: ({ events }) => formatCount(events), right: true },
    { title: 'GAPS', text: ({ gaps }) => formatCount(gaps), right: true },
    { title: 'REASON', text: ({ reason }) => reason ?? '', flexible: true },
  ]
}

export function deviceLines(device: DeviceInfo, now: number): string[] {
  const { name, kind, address, state, since, reason, protocol, stream, replay } = device
  const { capabilityUris = [], events, gaps, restarts } = device
  const rows: [string, string | undefined][] = [
    ['device', name],
    ['source', `${kind}/${name}`],
    ['address', address],
    ['state', `${state} for ${formatSpan(Math.max(0, now - since))}`],
    ['reason', reason],
    ['stream', stream],
    ['asked by', protocol],
    ['keeps notifications', replay === undefined ? undefined : replay ? 'yes' : 'no'],
    ['events', formatCount(events)],
    ['last event', lastEvent(device, now)],
    ['gaps', formatCount(gaps)],
    ['restarts', formatCount(restarts)],
  ]
  const known = rows.flatMap(([title, value]) => (value === undefined ? [] : [[title, value] as const]))
  const widest = Math.max(...known.map(([title]) => title.length))
  return [
    ...known.map(([title, value]) => `${title.padEnd(widest)}  ${escapeText(value)}`),
    ...(capabilityUris.length === 0 ? [] : ['capabilities']),
    ...capabilityUris.map((uri) => `  ${escapeText(uri)}`),
  ]
}

function lastEvent({ lastEvent: last }: DeviceInfo, now: number): string {
  return last === undefined ? 'never' : `${formatSpan(Math.max(0, now - last))} ago`
}
