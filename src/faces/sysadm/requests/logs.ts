import { type Event, iterateFrames } from '../../../event/event.js'
import { own } from '../../../event/json/object.js'
import { jsonView } from '../../../event/json/view.js'
import { localZone } from '../../../event/zone.js'
import { outlineOf } from '../../../incremental/outline.js'
import type { EventPage } from '../../../methods/contract/index.js'
import { SYSADM_TAGS, type SysadmClass, sysadmClasses } from '../../../protocols/sysadm/codec/classes.js'
import { SysadmError } from '../../../protocols/sysadm/codec/errors.js'
import { qtJson } from '../../../protocols/sysadm/codec/json.js'
import { type LogTimes, readLogTimes } from '../../../protocols/sysadm/codec/log-times.js'
import { qtIsoDate } from '../../../protocols/sysadm/codec/qt-dates.js'
import { type Caller, callHub, type SysadmContext } from '../context.js'
import type { EventFormats } from '../event-formats.js'

/** The logs of SysAdm, each a selection of the hub's log. */
interface LogView {
  filter: string[]
  /** Returns the entry of an event; undefined if it has none. */
  show(event: Event, formats: EventFormats): unknown
}

const logs: Readonly<Record<string, LogView>> = {
  hostinfo: { filter: ['**', `!${SYSADM_TAGS}`], show: textOf },
  dispatcher: { filter: [sysadmClasses.dispatcher], show: jobText },
  'events-dispatcher': eventsOf('dispatcher'),
  'events-lifepreserver': eventsOf('life-preserver'),
  'events-state': eventsOf('system-state'),
}

/** The events of a class, in the words in which clients receive them. */
function eventsOf(name: SysadmClass): LogView {
  return { filter: [sysadmClasses[name]], show: (event, formats) => formats.logged(name, event) }
}

const MAX_ENTRIES = 5000
const MAX_BYTES = 512 * 1024
const PAGE = 500
/** A page may be empty where a filter seldom matches; after as many the answer is cut. */
const MAX_PAGES = 64

/** `rpc/logs`: entries by local time. Where there are too many, the newest are returned, and `cut` names the log. */
export async function readLogs(context: SysadmContext, caller: Caller, args: unknown): Promise<unknown> {
  if (own(args, 'action') !== 'read_logs') throw new SysadmError(400)
  const times = readLogTimes(
    { format: own(args, 'time_format'), start: own(args, 'start_time'), end: own(args, 'end_time') },
    // Rounded up: what has just happened belongs to the log.
    Math.ceil(context.host.runtime.now() / 1000),
    localZone,
  )
  if (times === undefined) throw new SysadmError(400)
  const answer: Record<string, unknown> = {}
  const cut: string[] = []
  for (const name of namesIn(own(args, 'logs'))) {
    const { entries, isCut } = await readLog(context, caller, logs[name], times)
    if (entries.size > 0) answer[name] = Object.fromEntries(entries)
    if (isCut) cut.push(name)
  }
  return cut.length === 0 ? answer : { ...answer, cut }
}

function namesIn(asked: unknown): string[] {
  const names = typeof asked === 'string' ? [asked] : asked
  if (!Array.isArray(names)) return Object.keys(logs)
  return Object.keys(logs).filter((name) => names.includes(name))
}

interface ReadLog {
  entries: Map<string, unknown>
  isCut: boolean
}

interface OpenLog {
  /** Length of its entries. */
  bytes: number
  show(event: Event): unknown
}

/** Reads from the newest entry back. */
async function readLog(
  context: SysadmContext,
  caller: Caller,
  { filter, show }: LogView,
  { start, end }: LogTimes,
): Promise<ReadLog> {
  const entries = new Map<string, unknown>()
  const range = { filters: filter, from: timeText(start), to: timeText(end), limit: PAGE }
  const log: OpenLog = { bytes: 0, show: (event) => show(event, context.formats) }
  let before: string | undefined = 'end'
  for (let pages = 0; before !== undefined; pages++) {
    if (pages === MAX_PAGES) return { entries, isCut: true }
    const page: EventPage = await callHub(context, caller, 'events.read', { ...range, before })
    const steps = collect(page.frames, log, entries)
    if (await context.longWork.run(caller.principal.name, steps)) return { entries, isCut: true }
    before = page.next
  }
  return { entries, isCut: false }
}

/** Adds the entries of a page, one in each step. Returns whether there are too many. */
function* collect(frames: Uint8Array, log: OpenLog, entries: Map<string, unknown>): Generator<void, boolean> {
  for (const event of iterateFrames(frames)) {
    yield
    const entry = log.show(event)
    if (entry === undefined) continue
    log.bytes += qtJson(entry).length
    if (entries.size >= MAX_ENTRIES || log.bytes > MAX_BYTES) return true
    entries.set(keyOf(event.time, entries), entry)
  }
  return false
}

/** Returns the second of an entry. The genuine server keeps one entry of a second; here all others name the µs too. */
function keyOf(micros: number, taken: ReadonlyMap<string, unknown>): string {
  const second = qtIsoDate(micros / 1000, localZone)
  if (!taken.has(second)) return second
  for (let fraction = micros % 1e6; ; fraction++) {
    const key = `${second}.${String(fraction).padStart(6, '0')}`
    if (!taken.has(key)) return key
  }
}

function timeText(ms: number): string {
  return new Date(ms).toISOString()
}

function textOf(event: Event): string {
  return `${event.tag} ${qtJson(jsonView(outlineOf(event)))}`
}

function jobText(event: Event): string {
  const data = jsonView(event.data)
  const details = own(data, 'process_details')
  const id = text(own(data, 'process_id')) ?? text(own(details, 'process_id')) ?? event.tag
  const current = text(own(data, 'current_cmd')) ?? text(own(details, 'current_cmd'))
  return `${id}: ${text(own(data, 'state')) ?? ''}${current === undefined ? '' : ` ${current}`}`
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? `${value}` : undefined
}
