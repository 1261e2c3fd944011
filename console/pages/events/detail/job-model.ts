import type { Event } from '../../../../src/event/event.js'
import { ownTime } from '../../../../src/event/own-time.js'
import { textOf } from '../../../text/text-of.js'
import { scalarOf } from './scalar.js'

/** The result of one minion for a job. */
export interface Answer {
  readonly id: string
  /** When it returned, µs; undefined as long as it has not. */
  at: number | undefined
  failed: boolean
  /** When its states completed. */
  readonly steps: number[]
  event: Event | undefined
}

/** A job of Salt as its events tell it. */
export interface JobTimes {
  /** When it was published, µs; undefined if that was not seen. */
  started: number | undefined
  fun: string
  expected: number
  /** In the order in which they returned; those that have not are last. */
  answers: readonly Answer[]
}

const TAG = /^salt\/job\/([^/]+)\/(new|ret|prog)(?:\/([^/]+))?/
const MAX_MINIONS = 2000
const MAX_STEPS = 500

/** The job that an event of Salt belongs to. */
export function jidOf(tag: string): string | undefined {
  return /^salt\/job\/([^/]+)\//.exec(tag)?.[1]
}

/** Reads the events of a job. The last return of a minion counts. */
export function jobTimes(events: readonly Event[]): JobTimes {
  const answers = new Map<string, Answer>()
  const answerOf = (id: string) => {
    const known = answers.get(id)
    if (known !== undefined || answers.size >= MAX_MINIONS) return known
    const made: Answer = { id, at: undefined, failed: false, steps: [], event: undefined }
    answers.set(id, made)
    return made
  }
  const job = { started: undefined as number | undefined, fun: '', expected: 0 }
  for (const event of events) {
    const [, , kind, id] = TAG.exec(event.tag) ?? []
    job.fun ||= textOf(scalarOf(event, 'fun'))
    if (kind === 'new') {
      job.started = ownTime(event)
      const minions = minionsOf(event)
      job.expected = minions.length
      for (const each of minions) answerOf(each)
    } else if (kind === 'prog' && id !== undefined) {
      const steps = answerOf(scalarOf(event, 'id') === undefined ? id : textOf(scalarOf(event, 'id')))?.steps
      if (steps !== undefined && steps.length < MAX_STEPS) steps.push(ownTime(event))
    } else if (kind === 'ret' && id !== undefined) {
      const answer = answerOf(id)
      if (answer === undefined) continue
      answer.at = ownTime(event)
      answer.failed = hasFailed(event)
      answer.event = event
    }
  }
  const sorted = [...answers.values()].sort(
    (a, b) =>
      (a.at ?? Number.POSITIVE_INFINITY) - (b.at ?? Number.POSITIVE_INFINITY) || (a.id < b.id ? -1 : 1),
  )
  return { ...job, answers: sorted }
}

function hasFailed(event: Event): boolean {
  const code = scalarOf(event, 'retcode')
  return (code !== undefined && code !== null && Number(code) !== 0) || scalarOf(event, 'success') === false
}

function minionsOf(event: Event): string[] {
  const { minions } = (event.data ?? {}) as { minions?: unknown }
  return Array.isArray(minions) ? minions.slice(0, MAX_MINIONS).map(textOf) : []
}
