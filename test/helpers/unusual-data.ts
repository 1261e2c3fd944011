import { inspect } from 'node:util'
import { Fleet } from '../../src/cli/commands/demo/fleet.js'
import { Event, encode, encodeFrame } from '../../src/event/index.js'
import { eventTypes } from '../../src/hub/event-types.js'
import { displaysOf, hubTypes, TypeRegistry } from '../../src/types/index.js'

export const types = new TypeRegistry(hubTypes, ...eventTypes)
export const displays = displaysOf(types.list())

interface Sample {
  tag: string
  data: unknown
}

const commands = { cmd_list: ['true', 'false'], 'return_codes/false': '1', false: 'x', true: '' }
const job = {
  ...commands,
  process_id: 'j',
  state: 'finished',
  signal: 'SIGTERM',
  time_started: '2026-11-20T04:50:52',
}
const jobs: Sample[] = [
  { tag: 'sysadm/dispatcher/j', data: job },
  { tag: 'sysadm/dispatcher/j', data: { ...job, state: 'running', current_cmd: 'false' } },
  { tag: 'sysadm/dispatcher/j', data: { event_system: 'iocage', state: 'finished', process_details: job } },
]

type Schema = Readonly<Record<string, unknown>>

/** A value that has all parts that a schema names. */
function sampleOf(schema: Schema): unknown {
  const { type, items, properties, anyOf, oneOf, allOf } = schema
  const choice = (anyOf ?? oneOf ?? allOf) as readonly Schema[] | undefined
  if ('const' in schema) return schema.const
  if (Array.isArray(schema.enum)) return schema.enum[0]
  if (choice !== undefined) return sampleOf(choice[0])
  if (type === 'array') return [sampleOf((items ?? {}) as Schema)]
  if (type === 'object')
    return Object.fromEntries(
      Object.entries((properties ?? {}) as Record<string, Schema>).map(([name, each]) => [
        name,
        sampleOf(each),
      ]),
    )
  return type === 'integer' || type === 'number' ? 1 : type === 'boolean' ? true : 'x'
}

function tagOf([pattern]: readonly string[]): string {
  return pattern.replaceAll(/[*]+/g, 'x').replaceAll('#', '1')
}

/** One event of each type, of each shape that the demo has, and jobs of SysAdm. */
function samples(): Sample[] {
  const fleet = new Fleet(1, 20)
  const byShape = new Map<string, Sample>()
  for (let nth = 0; nth < 20_000; nth++) {
    const { tag, data } = fleet.next()
    const keys = typeof data === 'object' && data !== null ? Object.keys(data).join() : typeof data
    byShape.set(`${types.typeOf(tag)} ${keys}`, { tag, data })
  }
  const typed = types.list().map(({ tags, schema }) => ({ tag: tagOf(tags), data: sampleOf(schema ?? {}) }))
  return [...byShape.values(), ...typed, ...jobs]
}

/** What programs do not expect where they expect text, a number, a list or a map. */
const unusual: unknown[] = [
  { toString: 1, valueOf: 1 },
  [{ toString: 1 }],
  { length: 1e9 },
  [],
  null,
  new Map([[{}, 1]]),
  'x',
  -0.5,
  2n ** 64n - 1n,
  Number.NaN,
  new Date(Number.NaN),
  new Uint8Array(3),
  '',
  true,
]

/** Yields the value with each of its parts, and itself, replaced by something else. */
function* replaced(value: unknown, by: unknown): Generator<unknown> {
  yield by
  if (typeof value !== 'object' || value === null) return
  const entries = Object.entries(value)
  for (const [key, part] of entries)
    for (const other of replaced(part, by))
      yield Array.isArray(value)
        ? value.map((each, at) => (String(at) === key ? other : each))
        : Object.fromEntries(entries.map(([name, each]) => [name, name === key ? other : each]))
}

/** Events of all kinds, each with one part of its data that is not what programs expect. */
export function* unusualEvents(): Generator<Event> {
  for (const { tag, data } of samples())
    for (const by of unusual)
      for (const changed of replaced(data, by)) {
        const body = encode(changed)
        yield new Event(encodeFrame({ tag, source: 'salt/master', body, seq: 1, time: 1e15 }))
      }
}

/** Hands each of these events to each function, and returns what was thrown. */
export function faultsOf(functions: Readonly<Record<string, (event: Event) => unknown>>): string[] {
  const faults = new Set<string>()
  let events = 0
  for (const event of unusualEvents()) {
    events++
    for (const [name, run] of Object.entries(functions)) {
      try {
        run(event)
      } catch (thrown) {
        faults.add(`${name}: ${types.typeOf(event.tag)} ${inspect(event.data)}: ${thrown}`)
      }
    }
  }
  return events === 0 ? ['there were no events'] : [...faults]
}
