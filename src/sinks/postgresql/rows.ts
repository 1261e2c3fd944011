import type { Event } from '../../event/event.js'
import { jsonView } from '../../event/json/view.js'
import { ownTime } from '../../event/own-time.js'
import { formatTime } from '../../event/position.js'
import { isLong } from '../../incremental/long-text.js'
import { buffersOf, longParts, type Pieces } from '../event-json.js'
import type { EventView } from '../sink.js'

/** The columns of the table, with their types. */
const COLUMNS = {
  epoch: 'text',
  seq: 'bigint',
  time: 'timestamptz',
  stored: 'timestamptz',
  tag: 'text',
  source: 'text',
  type: 'text',
  attributes: 'jsonb',
  data: 'jsonb',
}
const columns = Object.entries(COLUMNS)
const names = columns.map(([name]) => name)

/** After a backslash. */
const [ZERO, REPLACEMENT] = ['u0000', 'ufffd']
const PARTS_A_STEP = 2000

/** One text for each column, in their order. */
export type TableRow = readonly string[]

/** Statements that make the table and what finds events by their time. */
export function creation(table: string): string {
  const definitions = columns.map(([name, type]) => `${name} ${type} NOT NULL`)
  const index = quotedName(`${table.split('.').at(-1)}_time`)
  return [
    `CREATE TABLE IF NOT EXISTS ${quotedTable(table)} (${definitions.join(', ')}, PRIMARY KEY (epoch, seq))`,
    `CREATE INDEX IF NOT EXISTS ${index} ON ${quotedTable(table)} (time)`,
  ].join('; ')
}

/** A statement with a list of texts for each column. Rows that exist stay as they are. */
export function insertion(table: string): string {
  const lists = names.map((_, nth) => `$${nth + 1}::text[]`)
  const values = columns.map(([name, type]) => `${name}::${type}`)
  return [
    `INSERT INTO ${quotedTable(table)} (${names.join(', ')})`,
    `SELECT ${values.join(', ')} FROM unnest(${lists.join(', ')}) AS row (${names.join(', ')})`,
    'ON CONFLICT DO NOTHING',
  ].join(' ')
}

/** The values of an insertion. */
export function columnsOf(rows: readonly TableRow[]): string[][] {
  return names.map((_, nth) => rows.map((row) => row[nth]))
}

/** The rows of events, made in steps. */
export function* rowsOf(events: readonly Event[], view: EventView): Generator<undefined, TableRow[]> {
  const rows: TableRow[] = []
  for (const event of events) {
    const { seq, time, tag, source, attributes } = event
    const head = [view.epoch, String(seq), formatTime(ownTime(event)), formatTime(time), tag, source]
    const texts = [...head, view.typeOf(tag)].map((text) => text.replaceAll('\0', '\ufffd'))
    const facts = yield* storable(JSON.stringify(attributes))
    rows.push([...texts, facts, yield* storable(yield* dataJson(event, view))])
    yield
  }
  return rows
}

/** JSON; for other content, its base64 as a text. */
function* dataJson(event: Event, view: EventView): Generator<undefined, string> {
  if (!isLong(event)) return JSON.stringify(jsonView(event.data))
  let isJson = true
  const noticed = function* (pieces: Pieces): Pieces {
    for (const piece of pieces) {
      isJson &&= typeof piece === 'string'
      yield piece
    }
  }
  const bytes = Buffer.concat(yield* buffersOf(noticed(longParts(event, view).data)))
  return isJson ? bytes.toString() : JSON.stringify(bytes.toString('base64'))
}

/** PostgreSQL has no character 0, so that it is replaced; in steps, since a text may have very many. */
function* storable(json: string): Generator<undefined, string> {
  const parts: string[] = []
  let from = 0
  for (let at = json.indexOf(ZERO); at !== -1; at = json.indexOf(ZERO, at + ZERO.length)) {
    if (backslashesBefore(json, at) % 2 === 0) continue
    parts.push(json.slice(from, at), REPLACEMENT)
    from = at + ZERO.length
    if (parts.length % PARTS_A_STEP === 0) yield
  }
  return from === 0 ? json : parts.join('') + json.slice(from)
}

/** An even number of them are backslashes of the text itself. */
function backslashesBefore(json: string, end: number): number {
  let at = end
  while (json[at - 1] === '\\') at--
  return end - at
}

function quotedTable(table: string): string {
  return table.split('.').map(quotedName).join('.')
}

/** The settings allow no quotes in names. */
function quotedName(name: string): string {
  return `"${name}"`
}
