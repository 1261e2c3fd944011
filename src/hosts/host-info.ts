import { readFrame } from '../bus/scan.js'
import { formatCursor } from '../event/cursor.js'
import { Event } from '../event/event.js'
import { asFields } from '../event/json/object.js'
import { jsonView } from '../event/json/view.js'
import { severityNames } from '../event/severity.js'
import type { LogReader } from '../log/event-log.js'
import type { HostEvent, HostInfo } from '../methods/contract/index.js'
import { derivedAttributes, typeReaders } from '../types/derived-attributes.js'
import { compileDisplay } from '../types/display.js'
import type { TypeRegistry } from '../types/registry.js'
import { summaryOf } from '../types/summary.js'
import { stateOf } from './host-order.js'
import { CLASSES } from './host-table.js'
import type { Hosts } from './hosts.js'

const SUMMARY = 400
const MAX_FACTS = 64

/** Describes the host with this number. */
export function infoOf(
  hosts: Hosts,
  index: number,
  epoch: string,
  labels: (name: string) => Record<string, string>,
): HostInfo {
  const { table, now } = hosts
  const name = table.nameOf(index) ?? ''
  const limit = hosts.silentAfter(index)
  const counted = (count: (block: number) => number) => countsBy(hosts, index, count)
  return {
    name,
    state: stateOf(table, index, now),
    first: table.first[index] * 1e6,
    last: table.last[index] * 1e6,
    events: table.events[index],
    hour: counted((block) => table.counts.hour(block, now)),
    day: counted((block) => table.counts.day(block, now)),
    sources: hosts.kinds.filter((_, kind) => (table.kinds[index] & (1 << kind)) !== 0),
    labels: labels(name),
    ...(Number.isFinite(limit) && { silentAfter: Math.round(limit * 1e6) }),
    ...lastOf('lastWarning', epoch, table.warningSeq[index], table.warningAt[index]),
    ...lastOf('lastError', epoch, table.errorSeq[index], table.errorAt[index]),
  }
}

function lastOf(key: 'lastWarning' | 'lastError', epoch: string, seq: number, seconds: number) {
  return seq === 0 ? {} : { [key]: { cursor: formatCursor(epoch, seq), time: seconds * 1e6 } }
}

function countsBy({ table }: Hosts, index: number, count: (block: number) => number): HostInfo['hour'] {
  const counts: Record<string, number> = {}
  for (let each = 0; each < CLASSES; each++) {
    const block = table.blockOf(index, each)
    const number = block === undefined ? 0 : count(block)
    if (number > 0) counts[severityNames[each] ?? 'unsaid'] = number
  }
  return counts
}

/** Reads the events of a host that the log still has, the newest first. `isVisible`: whether the caller may see one. */
export async function lastEvents(
  hosts: Hosts,
  index: number,
  { log, types }: { log: LogReader; types: TypeRegistry },
  isVisible: (frame: Uint8Array) => boolean,
): Promise<HostEvent[]> {
  const { table } = hosts
  const seqs = new Set([table.lastSeq[index], table.warningSeq[index], table.errorSeq[index]])
  const events: HostEvent[] = []
  for (const seq of [...seqs].filter((each) => each > 0).sort((a, b) => b - a)) {
    const frame = await readFrame(log, seq)
    if (frame !== undefined && isVisible(frame)) events.push(eventIn(frame, log.epoch, types))
  }
  return events
}

function eventIn(frame: Uint8Array, epoch: string, types: TypeRegistry): HostEvent {
  const event = new Event(frame, 0)
  const { type } = typeReaders(types)(frame, 0)
  const { severity: severityOf, host: hostOf } = derivedAttributes(types)
  const [severity, host] = [severityOf(frame, 0), hostOf(frame, 0)]
  const display = type?.display === undefined ? undefined : compileDisplay(type.display)
  return {
    cursor: event.cursorIn(epoch),
    time: event.time,
    tag: event.tag,
    ...(severity !== undefined && { severity }),
    ...(host !== undefined && { host }),
    summary: summaryOf(event.data, SUMMARY, display).slice(0, SUMMARY),
  }
}

/** The description of itself that the host has sent last, if the log still has it and the caller may see it. */
export async function factsOf(
  { table }: Hosts,
  index: number,
  log: LogReader,
  isVisible: (frame: Uint8Array) => boolean,
): Promise<Record<string, unknown> | undefined> {
  const seq = table.factsSeq[index]
  const frame = seq === 0 ? undefined : await readFrame(log, seq)
  if (frame === undefined || !isVisible(frame)) return undefined
  return Object.fromEntries(Object.entries(asFields(jsonView(new Event(frame, 0).data))).slice(0, MAX_FACTS))
}
