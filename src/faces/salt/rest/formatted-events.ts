import { bodyStart } from '../../../event/frame.js'
import type { Event } from '../../../event/index.js'
import { pythonJson } from '../../../protocols/salt/codec/python-json.js'
import { unpack } from '../../../protocols/salt/codec/values.js'

type Fields = Record<string, unknown>
type Changed = 'jobs' | 'minions'

const MAX_JOBS = 200
const MAX_MINIONS = 5000
/** Characters of a message about jobs, which is sent again whenever a job changes. */
const MAX_JOBS_LENGTH = 256 * 1024

/**
 * The messages of `/ws?format_events`: instead of events, all jobs or all minions seen so far, sent whenever they
 * change; events that arrive together cause one message. An event without the expected fields changes nothing. Only
 * the latest jobs are kept.
 */
export class FormattedEvents {
  readonly #jobs = new Map<string, Fields>()
  #minions = new Map<string, Fields>()

  /** Returns the messages for these events. */
  of(events: Iterable<Event>): string[] {
    const changed = new Set<Changed>()
    for (const event of events) for (const what of this.#apply(event)) changed.add(what)
    return [...changed].map((what) => (what === 'jobs' ? this.#jobsMessage() : this.#minionsMessage()))
  }

  #apply(event: Event): Changed[] {
    const parts = event.tag.split('/')
    const data = unpack(event.bytes, bodyStart(event.bytes, event.at), event.end)
    if (!isFields(data)) return []
    const [, area, jid, step, minion] = parts
    if (area === 'job' && step === 'new') return this.#newJob(data)
    if (area === 'job' && step === 'ret' && minion !== undefined) return this.#returned(jid, minion, data)
    if (area === 'key') return this.#key(data)
    if (area === 'presence') return this.#presence(data)
    return []
  }

  #newJob({ jid, fun, tgt, tgt_type, minions, _stamp }: Fields): Changed[] {
    if (typeof jid !== 'string' || !Array.isArray(minions)) return []
    if (this.#jobs.size >= MAX_JOBS) {
      const [oldest] = this.#jobs.keys()
      this.#jobs.delete(oldest)
    }
    const targeted = new Map(minions.slice(0, MAX_MINIONS).map((id) => [String(id), { success: false }]))
    this.#jobs.set(jid, { jid, start_time: _stamp, minions: targeted, fun, tgt, tgt_type, state: 'running' })
    if (fun === 'grains.items') this.#minions = new Map()
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
    if (fun === 'grains.items' && this.#addMinion(id, { grains: result })) changed.push('minions')
    return changed
  }

  #key({ act, id }: Fields): Changed[] {
    if (typeof id !== 'string') return []
    if (act === 'delete') this.#minions.delete(id)
    else if (act === 'accept') this.#addMinion(id, {})
    return ['minions']
  }

  #presence({ present }: Fields): Changed[] {
    if (!Array.isArray(present)) return []
    const now = new Set(present.map(String))
    const left = [...this.#minions.keys()].filter((id) => !now.has(id))
    const joined = [...now].filter((id) => !this.#minions.has(id))
    for (const id of left) this.#minions.delete(id)
    for (const id of joined) this.#addMinion(id, {})
    return left.length + joined.length > 0 ? ['minions'] : []
  }

  #addMinion(id: string, about: Fields): boolean {
    const known = this.#minions.get(id)
    if (known === undefined && this.#minions.size >= MAX_MINIONS) return false
    this.#minions.set(id, { ...known, ...about })
    return true
  }

  #jobsMessage(): string {
    for (;;) {
      const text = pythonJson({ jobs: this.#jobs })
      if (text.length <= MAX_JOBS_LENGTH || this.#jobs.size === 0) return text
      const [oldest] = this.#jobs.keys()
      this.#jobs.delete(oldest)
    }
  }

  #minionsMessage(): string {
    return pythonJson({ minions: [...this.#minions].map(([id, about]) => ({ ...about, id })) })
  }
}

function isFields(data: unknown): data is Fields {
  return typeof data === 'object' && data !== null && Object.getPrototypeOf(data) === Object.prototype
}
