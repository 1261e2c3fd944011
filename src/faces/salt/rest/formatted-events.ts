import { bodyStart } from '../../../event/frame.js'
import type { Event } from '../../../event/index.js'
import { pythonJson } from '../codec/python-json.js'
import { unpack } from '../codec/values.js'

type Fields = Record<string, unknown>

const MOST_JOBS = 200
const MOST_MINIONS = 20_000

/**
 * What `/ws?format_events` says instead of events: after each that changes them, all jobs or all minions seen so far.
 * An event that lacks what it should have changes nothing. Only the latest jobs are kept.
 */
export class FormattedEvents {
  readonly #jobs = new Map<string, Fields>()
  #minions = new Map<string, Fields>()

  /** The messages that an event gives. */
  of(event: Event): string[] {
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

  #newJob({ jid, fun, tgt, tgt_type, minions, _stamp }: Fields): string[] {
    if (typeof jid !== 'string' || !Array.isArray(minions)) return []
    if (this.#jobs.size >= MOST_JOBS) {
      const [oldest] = this.#jobs.keys()
      this.#jobs.delete(oldest)
    }
    const targeted = new Map(minions.slice(0, MOST_MINIONS).map((id) => [String(id), { success: false }]))
    this.#jobs.set(jid, { jid, start_time: _stamp, minions: targeted, fun, tgt, tgt_type, state: 'running' })
    if (fun === 'grains.items') this.#minions = new Map()
    return [this.#sayJobs()]
  }

  #returned(jid: string, id: string, { return: result, retcode, success, fun }: Fields): string[] {
    const job = this.#jobs.get(jid)
    const minions = job?.minions as Map<string, Fields> | undefined
    const messages: string[] = []
    if (job !== undefined && minions !== undefined && (minions.has(id) || minions.size < MOST_MINIONS)) {
      minions.set(id, { ...minions.get(id), return: result, retcode, success })
      if ([...minions.values()].every((each) => each.success === true)) job.state = 'complete'
      messages.push(this.#sayJobs())
    }
    if (fun === 'grains.items' && this.#addMinion(id, { grains: result })) messages.push(this.#sayMinions())
    return messages
  }

  #key({ act, id }: Fields): string[] {
    if (typeof id !== 'string') return []
    if (act === 'delete') this.#minions.delete(id)
    else if (act === 'accept') this.#addMinion(id, {})
    return [this.#sayMinions()]
  }

  #presence({ present }: Fields): string[] {
    if (!Array.isArray(present)) return []
    const now = new Set(present.map(String))
    const gone = [...this.#minions.keys()].filter((id) => !now.has(id))
    const come = [...now].filter((id) => !this.#minions.has(id))
    for (const id of gone) this.#minions.delete(id)
    for (const id of come) this.#addMinion(id, {})
    return gone.length + come.length > 0 ? [this.#sayMinions()] : []
  }

  #addMinion(id: string, about: Fields): boolean {
    const known = this.#minions.get(id)
    if (known === undefined && this.#minions.size >= MOST_MINIONS) return false
    this.#minions.set(id, { ...known, ...about })
    return true
  }

  #sayJobs(): string {
    return pythonJson({ jobs: this.#jobs })
  }

  #sayMinions(): string {
    return pythonJson({ minions: [...this.#minions].map(([id, about]) => ({ ...about, id })) })
  }
}

function isFields(data: unknown): data is Fields {
  return typeof data === 'object' && data !== null && Object.getPrototypeOf(data) === Object.prototype
}
