import type { Client } from '../../../client/api.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { formatCursor } from '../../../event/cursor.js'
import { type Change, differences } from '../../../event/differences.js'
import { Event, iterateFrames } from '../../../event/event.js'
import { type Json, jsonView } from '../../../event/json/view.js'
import { ownTime } from '../../../event/own-time.js'
import { formatTime, parseEventName } from '../../../event/position.js'
import type { EventPage } from '../../../methods/contract/index.js'
import type { HubOptions } from '../../help/options.js'
import { call, withHub } from '../../hub/connect.js'
import { viewOf } from '../../hub/view.js'
import type { Io } from '../../io.js'
import { fieldReader } from '../../output/fields.js'
import { report } from '../../output/report.js'
import { escapeText } from '../../terminal/text.js'

export interface DiffOptions extends HubOptions {
  format?: string
  /** The other event. */
  with?: string
}

type Filter = Record<string, unknown>

/** One page costs the hub little; so many of them are looked through at most. */
const MAX_PAGES = 10_000

/** Shows what is different in an event from the one of its kind before it. */
export async function diffEvents(io: Io, name: string, options: DiffOptions): Promise<void> {
  parseEventName(name)
  await withHub(io, options, async (client) => {
    const { lines, ...result } = await compareEvent(io, client, name, options)
    await report(io, options.format, [result], () => lines)
  })
}

interface Comparison {
  cursor: string
  previous: string
  changes: Json[]
  /** For people. */
  lines: string[]
}

/** Throws TCN_EVENT_UNKNOWN if there is nothing to compare it with. */
export async function compareEvent(
  io: Io,
  client: Client,
  name: string,
  options: Pick<DiffOptions, 'with' | 'timeout'>,
): Promise<Comparison> {
  const { epoch } = client.welcome
  const { cursor, frame } = await call(io, client, 'events.get', { cursor: name }, options)
  const event = new Event(frame)
  const before = options.with === undefined ? await previous(io, client, event) : undefined
  const other = before ?? (await named(io, client, options.with))
  if (other === undefined) throw new TocsinError('TCN_EVENT_UNKNOWN', 'there is no earlier event of its kind')
  const changes = differences(other.data, event.data)
  return {
    cursor,
    previous: formatCursor(epoch, other.seq),
    changes: changes.map((change) => viewOfChange(change)),
    lines: [
      ...heads(io, other, event, epoch),
      ...(changes.length === 0 ? ['no difference in the data'] : changes.map((each) => line(io, each))),
    ],
  }
}

async function named(io: Io, client: Client, cursor: string | undefined): Promise<Event | undefined> {
  if (cursor === undefined) return undefined
  parseEventName(cursor)
  return new Event((await call(io, client, 'events.get', { cursor })).frame)
}

/** Finds the previous event with the same tag; else one of the same type with the same correlation keys. */
async function previous(io: Io, client: Client, event: Event): Promise<Event | undefined> {
  const sameTag = { exact: { tag: event.tag } }
  return (
    (await lastBefore(io, client, event.seq, sameTag)) ??
    (await lastBefore(io, client, event.seq, await sameKind(io, client, event)))
  )
}

/** Undefined where nothing ties events of this type together. */
async function sameKind(io: Io, client: Client, event: Event): Promise<Filter | undefined> {
  const view = await viewOf(io, client, true)
  const type = fieldReader('type', view)(event)
  const { types } = await call(io, client, 'types.list', {})
  const keys = types.find((each) => each.type === type)?.correlation ?? []
  const values = keys.map((key) => [key, fieldReader(key, view)(event)] as const)
  if (values.length === 0 || values.some(([, value]) => !isScalar(value))) return undefined
  return { all: [{ exact: { type } }, ...values.map(([key, value]) => ({ exact: { [key]: value } }))] }
}

function isScalar(value: unknown): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value)
}

async function lastBefore(
  io: Io,
  client: Client,
  seq: number,
  filters: Filter | undefined,
): Promise<Event | undefined> {
  if (filters === undefined) return undefined
  let before: string | undefined = `@${seq}`
  for (let page = 0; before !== undefined && page < MAX_PAGES; page++) {
    const found: EventPage = await call(io, client, 'events.read', { filters, before, limit: 1 })
    const [event] = iterateFrames(found.frames)
    if (event !== undefined) return event.seq < seq ? event : undefined
    before = found.next
  }
  return undefined
}

function heads(io: Io, other: Event, event: Event, epoch: string): string[] {
  const { colors } = io
  const head = (each: Event) =>
    `${formatCursor(epoch, each.seq)}  ${formatTime(ownTime(each))}  ${escapeText(each.tag)}`
  return [colors.red(`--- ${head(other)}`), colors.green(`+++ ${head(event)}`)]
}

function line({ colors }: Io, change: Change): string {
  const path = escapeText(pathText(change.path))
  if (change.kind === 'added') return colors.green(`+ ${path}: ${text(change.after)}`)
  if (change.kind === 'removed') return colors.red(`- ${path}: ${text(change.before)}`)
  return `~ ${path}: ${colors.red(text(change.before))} -> ${colors.green(text(change.after))}`
}

function viewOfChange(change: Change): Json {
  const { kind, path, ...values } = change
  const views = Object.entries(values).map(([name, value]) => [name, jsonView(value)])
  return { kind, path: pathText(path), ...Object.fromEntries(views) }
}

/** As --fields and filters name it. */
function pathText(path: readonly string[]): string {
  return ['data', ...path.map((key) => key.replace(/[\\.]/g, '\\$&'))].join('.')
}

function text(value: unknown): string {
  return escapeText(JSON.stringify(jsonView(value)))
}
