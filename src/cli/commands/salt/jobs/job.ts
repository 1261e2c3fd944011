import type { Event } from '../../../../event/event.js'
import { asFields } from '../../../../event/json/object.js'
import { parseTime } from '../../../../event/position.js'
import {
  countStates,
  type StateCounts,
  type StateResult,
  stateResults,
} from '../../../../types/state-return.js'

/** One job of a Salt master, from the events about it. */
export class Job {
  readonly jid: string
  fun = ''
  arg: readonly unknown[] = []
  target = ''
  targetType = ''
  user = ''
  /** Why it was not published. */
  error: string | undefined
  /** µs since the epoch; undefined where the publish was not seen. */
  started: number | undefined
  /** The last return, µs since the epoch. */
  ended: number | undefined
  /** By ID; the targeted ones first. */
  readonly minions = new Map<string, Minion>()
  /** Minions beyond what is kept. */
  more = 0
  /** Bytes of returns that are kept. */
  keptBytes = 0

  constructor(jid: string) {
    this.jid = jid
  }

  /** True if every minion that the master knows has returned. */
  get complete(): boolean {
    if (this.error !== undefined) return true
    return this.started !== undefined && this.missing.every(({ unknown }) => unknown)
  }

  get targeted(): Minion[] {
    return [...this.minions.values()].filter(({ targeted }) => targeted)
  }

  get returned(): Minion[] {
    return [...this.minions.values()].filter(({ answer }) => answer !== undefined)
  }

  get failed(): Minion[] {
    return this.returned.filter(({ answer }) => answer?.failed)
  }

  get missing(): Minion[] {
    return this.targeted.filter(({ answer }) => answer === undefined)
  }

  /** µs from the publish to the return. */
  took(minion: Minion): number | undefined {
    if (this.started === undefined || minion.answer === undefined) return undefined
    return Math.max(0, minion.answer.at - this.started)
  }

  minion(id: string): Minion | undefined {
    const known = this.minions.get(id)
    if (known !== undefined) return known
    if (this.minions.size >= MAX_MINIONS) {
      this.more++
      return undefined
    }
    const minion: Minion = { id, targeted: false, unknown: false, done: 0, of: 0, answer: undefined }
    this.minions.set(id, minion)
    return minion
  }
}

export interface Minion {
  id: string
  targeted: boolean
  /** The master does not know this minion. */
  unknown: boolean
  /** States that ran, and how many there are; 0 where that is not known. */
  done: number
  of: number
  answer: Answer | undefined
}

export interface Answer {
  /** µs since the epoch */
  at: number
  retcode: number
  failed: boolean
  /** Present if the return is one of states. */
  states: StateCounts | undefined
  /** States that changed something or failed; only where details are kept. */
  results: readonly StateResult[]
  /** Present if the return is not one of states, and details are kept. */
  value: unknown
}

const MAX_MINIONS = 100_000
const MAX_RESULTS = 1000
/** Beyond this, only the fact of a return is kept, not its value. */
const MAX_KEPT_BYTES = 256 * 1024 * 1024

/** The publish of a job. */
export function addNew(job: Job, event: Event): undefined {
  const data = dataOf(event)
  job.started ??= timeOf(event, data)
  job.fun = textOf(data.fun) || job.fun
  job.arg = Array.isArray(data.arg) ? data.arg : job.arg
  job.target = textOf(data.tgt)
  job.targetType = textOf(data.tgt_type)
  job.user = textOf(data.user) || job.user
  for (const id of textsOf(data.minions)) expectFrom(job, id, false)
  for (const id of textsOf(data.missing)) expectFrom(job, id, true)
}

function expectFrom(job: Job, id: string, unknown: boolean): void {
  const minion = job.minion(id)
  if (minion === undefined) return
  minion.targeted = true
  minion.unknown = unknown
}

/** A return. The last one counts if there are several. */
export function addReturn(job: Job, event: Event, id: string, withDetails: boolean): Minion | undefined {
  const minion = job.minion(id)
  if (minion === undefined) return undefined
  const isKept = withDetails && job.keptBytes + event.body.length <= MAX_KEPT_BYTES
  if (isKept) job.keptBytes += event.body.length
  minion.answer = isKept ? wholeAnswer(event) : shortAnswer(event)
  job.ended = Math.max(job.ended ?? 0, minion.answer.at)
  job.fun ||= textOf(event.scalar('fun'))
  return minion
}

/** Reads the return without decoding the returned value, which may be large. */
function shortAnswer(event: Event): Answer {
  const code = event.scalar('retcode')
  // Maps of a job of several functions are no scalars.
  if (code === undefined) return { ...wholeAnswer(event), states: undefined, results: [], value: undefined }
  const retcode = codeOf(code)
  const failed = retcode !== 0 || event.scalar('success') === false
  const at = timeOf(event, { _stamp: event.scalar('_stamp') })
  return { at, retcode, failed, states: undefined, results: [], value: undefined }
}

function wholeAnswer(event: Event): Answer {
  const data = dataOf(event)
  const results = stateResults(data.return)
  const states = results && countStates(results)
  const retcode = codeOf(data.retcode)
  return {
    at: timeOf(event, data),
    retcode,
    failed: retcode !== 0 || eachOf(data.success).includes(false) || (states?.failed ?? 0) > 0,
    states,
    results: (results ?? []).filter(isNews).slice(0, MAX_RESULTS),
    value: results === undefined ? data.return : undefined,
  }
}

function isNews({ result, changes }: StateResult): boolean {
  return result !== true || changes !== undefined
}

/** A state ran: `salt/job/<jid>/prog/<minion>/<number>`. */
export function addProgress(job: Job, event: Event, id: string): Minion | undefined {
  const minion = job.minion(id)
  if (minion === undefined) return undefined
  minion.done++
  minion.of = Math.max(minion.of, numberOf(event.scalar('data', 'len')))
  return minion
}

export function addError(job: Job, event: Event): undefined {
  const { error } = dataOf(event)
  const message = asFields(error).message
  job.error = textOf(message) || 'the master did not publish it'
}

function dataOf(event: Event): Record<string, unknown> {
  return asFields(event.data)
}

/** When the event happened: `_stamp` is the time of the master's clock, even if the log received the event later. */
function timeOf(event: Event, { _stamp }: Record<string, unknown>): number {
  const stamp = typeof _stamp === 'string' ? parseTime(`${_stamp}Z`) : undefined
  return stamp ?? event.time
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(',')
  return value === undefined || typeof value === 'object' ? '' : String(value)
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(textOf) : []
}

/** The first code that is not 0, if there are several functions. */
function codeOf(value: unknown): number {
  return eachOf(value).map(numberOf).find(Boolean) ?? 0
}

/** A job of several functions has a list, or a map by function. */
function eachOf(value: unknown): unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value) : [value]
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0
}
