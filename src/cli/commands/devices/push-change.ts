import type { PushItemInfo } from '../../../methods/contract/index.js'
import { Exit } from '../../help/exit-codes.js'
import type { ReportOptions } from '../../help/options.js'
import { ask } from '../../hub/connect.js'
import type { Io } from '../../io.js'
import { report } from '../../output/report.js'
import { formatCount, formatSpan } from '../../terminal/figures.js'
import { readText } from '../../terminal/input.js'
import { type Column, tableLines } from '../../terminal/table.js'
import { escapeText } from '../../terminal/text.js'

export interface DeviceCommandOptions extends ReportOptions {
  json?: boolean
}

export interface DevicePushOptions extends DeviceCommandOptions {
  file: string
  /** s */
  confirm?: number
  wait: boolean
}

export interface DevicePruneOptions extends DeviceCommandOptions {
  item?: string
}

/** Ends with the code 1 if the device does not have the change. */
export async function pushChange(io: Io, device: string, options: DevicePushOptions): Promise<void> {
  const { file, confirm, wait } = options
  const change = await readText(io, file)
  const params = { device, change, wait, ...(confirm !== undefined && { confirm }) }
  const item = await ask(io, options, 'devices.push', params)
  await report(io, formatOf(options), [item], () => [pushedLine(item)])
  if (item.state === 'failed') process.exitCode = Exit.failed
}

export function pushedLine({ id, device, state, has, reason }: PushItemInfo): string {
  const known = has === undefined ? '' : `; the device has the ${has} configuration`
  return escapeText(
    `change ${id} for ${device}: ${state}${known}${reason === undefined ? '' : `: ${reason}`}`,
  )
}

export async function showQueue(
  io: Io,
  device: string | undefined,
  options: DeviceCommandOptions,
): Promise<void> {
  const { items } = await ask(io, options, 'devices.queue', device === undefined ? {} : { device })
  const now = Date.now() * 1000
  await report(io, formatOf(options), items, () =>
    items.length === 0 ? ['nothing was sent'] : tableLines(queueColumns(now), items, io.out.columns),
  )
}

export function queueColumns(now: number): readonly Column<PushItemInfo>[] {
  return [
    { title: 'DEVICE', text: ({ device }) => device, flexible: true },
    { title: 'ID', text: ({ id }) => String(id) },
    { title: 'USER', text: ({ user }) => user },
    { title: 'STATE', text: ({ state, step }) => (step === undefined ? state : `${state} (${step})`) },
    { title: 'SINCE', text: ({ since }) => `${formatSpan(Math.max(0, now - since))} ago`, right: true },
    { title: 'TRIES', text: ({ attempts }) => formatCount(attempts), right: true },
    { title: 'DEVICE HAS', text: ({ has }) => has ?? '' },
    { title: 'REASON', text: ({ reason }) => reason ?? '', flexible: true },
  ]
}

export async function pruneQueue(io: Io, device: string, options: DevicePruneOptions): Promise<void> {
  const { item: id } = options
  const params = { device, ...(id !== undefined && { id: Number(id) }) }
  const result = await ask(io, options, 'devices.prune', params)
  await report(io, formatOf(options), [result], () => [`${formatCount(result.pruned)} deleted`])
}

function formatOf({ json, format }: DeviceCommandOptions): string | undefined {
  return json === true ? 'json' : format
}
