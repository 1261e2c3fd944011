import type { LongOutput } from '../../../bus/sink.js'
import { bodyStart } from '../../../event/frame.js'
import type { Event } from '../../../event/index.js'
import { compilePath, find, kindAt } from '../../../event/msgpack/find.js'
import { hasMoreValues, walkValue } from '../../../event/msgpack/walk.js'
import { pythonJson } from '../../../protocols/salt/codec/python-json.js'
import { unpack } from '../../../protocols/salt/codec/values.js'
import { messageInSteps } from '../../web/websocket/long-message.js'

type Fields = Record<string, unknown>
type Changed = 'jobs' | 'minions'

const MAX_JOBS = 200
const MAX_MINIONS = 5000
/** Characters of a message about jobs, which is sent again whenever a job changes. */
const MAX_JOBS_LENGTH = 256 * 1024
/** Characters of the grains of all minions. */
const MAX_GRAINS_LENGTH = 64 * 1024 * 1024
/** A field that is longer is left out. */
const MAX_FIELD_BYTES = 256 * 1024
/** An event with more values changes nothing: to find its fields would take too long. */
const MAX_VALUES = 256 * 1024
/** Characters of a part of a message about minions, roughly. */
const PART_LENGTH = 16 * 1024

const FIELDS = {
  'job/new': ['jid', 'fun', 'tgt', 'tgt_type', 'minions', '_stamp'],
  'job/ret': ['return', 'retcode', 'success', 'fun'],
  key: ['act', 'id'],
  presence: ['present'],
} as const

/**
 * The messages of `/ws?format_events`: instead of events, all jobs or all minions seen so far, sent whenever they
 * change; events that arrive together cause one message. An event without the expected fields changes nothing. Only
 * the latest jobs are kept, and grains as long as there is room.
 */
export class FormattedEvents {
  readonly #jobs = new Map<string, Fields>()
  /** The grains of each minion as JSON, if it has told them. */
  #minions = new Map<string, string | undefined>()
  #grainsLength = 0

  /** Returns the messages for these events. */
  of(events: Iterable<Event>): (string | LongOutput)[] {
    const changed = new Set<Changed>()
    for (const event of events) for (const what of this.#apply(event)) changed.add(what)
    return [...changed].map((what) => (what === 'jobs' ? this.#jobsMessage() : this.#minionsMessage()))
  }

  #apply(event: Event): Changed[] {
    const [, area, jid, step, minion] = event.tag.split('/')
    const what = area === 'job' ? `job/${step}` : area
    const fields = Object.hasOwn(FIELDS, what)
      ? fieldsOf(event, FIELDS[what as keyof typeof FIELDS])
      : undefined
    if (fields === undefined) return []
    if (what === 'job/new') return this.#newJob(fields)
    if (what === 'key') return this.#key(fields)
    if (what === 'presence') return this.#presence(fields)
    return minion === undefined ? [] : this.#returned(jid, minion, fields)
  }

  #newJob({ jid, fun, tgt, tgt_type, minions, _stamp }: Fields): Changed[] {
    if (typeof jid !== 'string' || !Array.isArray(minions)) return []
    if (this.#jobs.size >= MAX_JOBS) {
      const [oldest] = this.#jobs.keys()
      this.#jobs.delete(oldest)
    }
    const targeted = new Map(idsIn(minions.slice(0, MAX_MINIONS)).map((id) => [id, { success: false }]))
    this.#jobs.set(jid, { jid, start_time: _stamp, minions: targeted, fun, tgt, tgt_type, state: 'running' })
    if (fun === 'grains.items') this.#forgetMinions()
    return ['jobs']
  }

  #returned(jid: string, id: string, { return: result, retcode, success, fun }: Fields): Changed[] {
    const job = this.#jobs.get(jid)
    const minions = job?.minions as Map<string, Fields> | undefined
    const changed: Changed[] = []
    if (job !== undefined && minions !== undefined && (minions.has(id) || minions.size < MAX_MINIONS)) {
      minions.set(id, { ...minions.get(id), return: result, retcode, success })
      if ([...minions.values()].every((each) => each.success === true)) job.state = 'complete'
      changed.push('jobs')
    }
    if (fun === 'grains.items' && this.#addMinion(id, pythonJson(result))) changed.push('minions')
    return changed
  }

  #key({ act, id }: Fields): Changed[] {
    if (typeof id !== 'string') return []
    if (act === 'delete') this.#removeMinion(id)
    else if (act === 'accept') this.#addMinion(id)
    return ['minions']
  }

  #presence({ present }: Fields): Changed[] {
    if (!Array.isArray(present)) return []
    const now = new Set(idsIn(present))
    const left = [...this.#minions.keys()].filter((id) => !now.has(id))
    const joined = [...now].filter((id) => !this.#minions.has(id))
    for (const id of left) this.#removeMinion(id)
    for (const id of joined) this.#addMinion(id)
    return left.length + joined.length > 0 ? ['minions'] : []
  }

  #addMinion(id: string, grains = this.#minions.get(id)): boolean {
    if (!this.#minions.has(id) && this.#minions.size >= MAX_MINIONS) return false
    this.#grainsLength -= this.#minions.get(id)?.length ?? 0
    const hasRoom = this.#grainsLength + (grains?.length ?? 0) <= MAX_GRAINS_LENGTH
    this.#minions.set(id, hasRoom ? grains : undefined)
    this.#grainsLength += this.#minions.get(id)?.length ?? 0
    return true
  }

  #removeMinion(id: string): void {
    this.#grainsLength -= this.#minions.get(id)?.length ?? 0
    this.#minions.delete(id)
  }

  #forgetMinions(): void {
    this.#minions = new Map()
    this.#grainsLength = 0
  }

  #jobsMessage(): string {
    const texts = [...this.#jobs].map(
      ([jid, job]) => [jid, `${pythonJson(jid)}: ${pythonJson(job)}`] as const,
    )
    let length = texts.reduce((sum, [, text]) => sum + text.length, 0)
    const kept = texts.filter(([jid, text]) => {
      if (length <= MAX_JOBS_LENGTH) return true
      this.#jobs.delete(jid)
      length -= text.length
      return false
    })
    return `{"jobs": {${kept.map(([, text]) => text).join(', ')}}}`
  }

  /** The minions as they are now, in parts: there may be megabytes of grains. */
  #minionsMessage(): LongOutput {
    const minions = [...this.#minions]
    return { bytes: 16 * minions.length, steps: () => messageInSteps(minionsInParts(minions)) }
  }
}

function* minionsInParts(
  minions: readonly (readonly [id: string, grains: string | undefined])[],
): Generator<readonly Uint8Array[], void> {
  let text = '{"minions": ['
  for (const [nth, [id, grains]] of minions.entries()) {
    const about = grains === undefined ? '' : `"grains": ${grains}, `
    text += `${nth === 0 ? '' : ', '}{${about}"id": ${pythonJson(id)}}`
    if (text.length < PART_LENGTH) continue
    yield [Buffer.from(text)]
    text = ''
  }
  yield [Buffer.from(`${text}]}`)]
}

/** The fields with these names that are not too long; undefined if the body is no map. */
function fieldsOf({ bytes, at, end }: Event, names: readonly string[]): Fields | undefined {
  const start = bodyStart(bytes, at)
  if (kindAt(bytes, start) !== 'map' || hasMoreValues(bytes, start, end, MAX_VALUES)) return undefined
  const fields: Fields = {}
  for (const name of names) {
    const from = find(bytes, start, end, pathOf(name))
    const to = from < 0 ? from : walkValue(bytes, from, end)
    if (from >= 0 && to - from <= MAX_FIELD_BYTES) fields[name] = unpack(bytes, from, to)
  }
  return fields
}

const paths = new Map(
  Object.values(FIELDS)
    .flat()
    .map((name) => [name as string, compilePath([name])]),
)

function pathOf(name: string): ReturnType<typeof compilePath> {
  return paths.get(name) ?? compilePath([name])
}

function idsIn(list: readonly unknown[]): string[] {
  return list.filter((id) => typeof id === 'string')
}
