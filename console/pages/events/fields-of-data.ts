import { Event } from 'tocsin/browser'
import { isObject, own } from '../../../src/event/json/object.js'
import { type Json, jsonView } from '../../../src/event/json/view.js'
import type { EventPage } from '../../../src/methods/contract/index.js'
import { hub } from '../../hub/live.js'
import { visible } from '../../text/visible.js'
import { filterOf } from './query.js'

export interface CompletionItem {
  readonly text: string
  readonly note: string
  /** True if more may follow at once, as after a `/`. */
  readonly goesOn: boolean
}

/** Events that show which fields there are. */
const SAMPLE = 100
const FRESH_MS = 10_000
const NOTE_LENGTH = 24

interface Sample {
  readonly key: string
  readonly asked: number
  readonly bodies: Promise<Json[]>
}

let latest: Sample | undefined

/**
 * Fields of `data` that begin like this, up to the next dot, in the latest events that match the patterns. The most
 * frequent come first, each with a value of the newest event that has it.
 */
export async function fieldsLike(
  word: string,
  patterns: readonly string[],
  most: number,
): Promise<CompletionItem[]> {
  const path = word.split('.').slice(1)
  const prefix = path.pop()!
  const found = new Map<string, { count: number; value: Json }>()
  for (const body of await sampleOf(patterns)) {
    for (const [name, value] of Object.entries(objectAt(body, path))) {
      if (!name.startsWith(prefix) || !/^\w+$/.test(name)) continue
      const field = found.get(name)
      if (field === undefined) found.set(name, { count: 1, value })
      else field.count++
    }
  }
  const parent = ['data', ...path].join('.')
  return [...found]
    .sort(([, one], [, other]) => other.count - one.count)
    .slice(0, most)
    .map(([name, { value }]) => itemOf(`${parent}.${name}`, value))
}

function itemOf(field: string, value: Json): CompletionItem {
  if (isObject(value)) return { text: `${field}.`, note: '', goesOn: true }
  const note = Array.isArray(value) ? '' : visible(String(value).slice(0, NOTE_LENGTH))
  return { text: field, note, goesOn: false }
}

/** The newest first. */
function sampleOf(patterns: readonly string[]): Promise<Json[]> {
  const key = JSON.stringify(patterns)
  const now = performance.now()
  if (latest?.key !== key || now - latest.asked > FRESH_MS)
    latest = { key, asked: now, bodies: read(patterns) }
  return latest.bodies
}

async function read(patterns: readonly string[]): Promise<Json[]> {
  const filters = filterOf({ patterns, where: '', choices: [] })
  const client = await hub()
  const { frames, count } = await client.request<EventPage>('events.read', {
    filters,
    before: 'end',
    limit: SAMPLE,
  })
  const bodies: Json[] = []
  for (let at = 0; bodies.length < count; ) {
    const event = new Event(frames, at)
    bodies.push(jsonView(event.data))
    at = event.end
  }
  return bodies
}

function objectAt(body: Json, path: readonly string[]): { [name: string]: Json } {
  const value = path.reduce<unknown>(own, body)
  return isObject(value) ? (value as { [name: string]: Json }) : {}
}
