import { formatTime } from '../../../../event/position.js'
import { pythonJson } from '../../../../protocols/salt/codec/python-json.js'
import { type StateResult, stateText } from '../../../../types/state-return.js'
import { formatSpan, plural } from '../../../terminal/figures.js'
import { type Column, factLines, tableLines } from '../../../terminal/table.js'
import { escapeText } from '../../../terminal/text.js'
import type { Job, Minion } from './job.js'

/** Longer texts are cut; the event has the full text. */
const MAX_TEXT = 500

export const jobColumns: readonly Column<Job>[] = [
  { title: 'JOB', text: ({ jid }) => jid },
  { title: 'STARTED', text: ({ started }) => dayTime(started) },
  { title: 'FUNCTION', text: callText, flexible: true },
  { title: 'TARGET', text: targetText, flexible: true },
  { title: 'USER', text: ({ user }) => user },
  { title: 'MINIONS', text: ({ targeted }) => String(targeted.length), right: true },
  { title: 'RETURNED', text: ({ returned }) => String(returned.length), right: true },
  { title: 'FAILED', text: ({ failed }) => countText(failed.length), right: true },
  { title: 'MISSING', text: ({ missing }) => countText(missing.length), right: true },
  { title: 'TOOK', text: tookText, right: true },
]

function minionColumns(job: Job): readonly Column<Minion>[] {
  return [
    { title: 'MINION', text: ({ id }) => id },
    { title: 'RESULT', text: resultText },
    { title: 'CODE', text: ({ answer }) => (answer ? String(answer.retcode) : ''), right: true },
    { title: 'TOOK', text: (minion) => spanText(job.took(minion)), right: true },
    { title: 'RETURN', text: returnText, flexible: true },
  ]
}

/** Everything about one job, for people. */
export function jobLines(job: Job, options: { changes: boolean; width?: number }): string[] {
  const minions = [...job.minions.values()]
  return [
    ...factLines(
      [
        ['job', job.jid],
        ['function', callText(job)],
        ['target', targetText(job) || undefined],
        ['user', job.user || undefined],
        ['started', job.started === undefined ? undefined : dayTime(job.started)],
        ['took', tookText(job) || undefined],
        ['minions', summaryText(job)],
        ['error', job.error],
      ],
      options.width,
    ),
    ...(minions.length === 0 ? [] : ['', ...tableLines(minionColumns(job), minions, options.width)]),
    ...minions.flatMap((minion) => stateLines(minion, options.changes, true)),
  ]
}

/** `5 targeted, 4 returned, 1 failed, 1 missing` */
export function summaryText({ targeted, returned, failed, missing, more }: Job): string {
  const beyond = more === 0 ? '' : `, more than ${targeted.length} minions: ${more} events not counted`
  const counts = `${targeted.length} targeted, ${returned.length} returned, ${failed.length} failed`
  return `${counts}, ${missing.length} missing${beyond}`
}

/** One line about a return, then a line for each state. */
export function returnLines(job: Job, minion: Minion, changes: boolean): string[] {
  const parts = [minion.id, resultText(minion), spanText(job.took(minion)), returnText(minion)]
  const line = escapeText(parts.filter((part) => part !== '').join('  '))
  return [line, ...stateLines(minion, changes, false)]
}

/** The states that failed, and with `changes` those that changed something. */
function stateLines({ id, answer }: Minion, changes: boolean, withHeading: boolean): string[] {
  const shown = (answer?.results ?? []).filter(({ result }) => changes || result === false)
  if (shown.length === 0) return []
  return [
    ...(withHeading ? ['', escapeText(id)] : []),
    ...shown.map((each) => `  ${escapeText(stateLine(each))}`),
  ]
}

function stateLine({ state, name, result, comment, changes }: StateResult): string {
  const what = result === false ? 'failed ' : result === null ? 'would change' : 'changed'
  const text = result === false || changes === undefined ? comment : pythonJson(changes)
  return `${what}  ${state} ${name}: ${cutText(text)}`
}

function resultText({ answer, unknown, done, of }: Minion): string {
  if (answer !== undefined) return answer.failed ? 'failed' : 'ok'
  if (unknown) return 'unknown to the master'
  if (done === 0) return 'missing'
  return of === 0 ? `running, ${plural(done, 'state')}` : `running, ${done} of ${of} states`
}

function returnText({ answer }: Minion): string {
  if (answer === undefined) return ''
  if (answer.states !== undefined) return stateText(answer.states)
  return answer.value === undefined ? '' : cutText(pythonJson(answer.value))
}

export function callText({ fun, arg }: Job): string {
  return [fun, ...arg.map((each) => (typeof each === 'string' ? each : cutText(pythonJson(each))))].join(' ')
}

export function targetText({ target, targetType }: Job): string {
  return targetType === '' || targetType === 'glob' ? target : `${target} (${targetType})`
}

/** The time until the last return so far. */
function tookText({ started, ended }: Job): string {
  return started === undefined || ended === undefined ? '' : formatSpan(ended - started)
}

function spanText(micros: number | undefined): string {
  return micros === undefined ? '' : formatSpan(micros)
}

function countText(count: number): string {
  return count === 0 ? '' : String(count)
}

/** UTC */
function dayTime(micros: number | undefined): string {
  return micros === undefined ? '' : `${formatTime(micros).slice(0, 19)}Z`
}

function cutText(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}…`
}

/** For programs. Times are RFC 3339, durations ms. */
export function jobObject(job: Job): Record<string, unknown> {
  const ids = (minions: readonly Minion[]) => minions.map(({ id }) => id)
  return {
    jid: job.jid,
    fun: job.fun,
    arg: job.arg,
    target: job.target,
    targetType: job.targetType,
    user: job.user,
    started: job.started === undefined ? null : formatTime(job.started),
    duration: job.started === undefined || job.ended === undefined ? null : ms(job.ended - job.started),
    error: job.error ?? null,
    targeted: ids(job.targeted),
    returned: ids(job.returned),
    failed: ids(job.failed),
    missing: ids(job.missing),
    minions: Object.fromEntries(job.returned.map((minion) => [minion.id, minionObject(job, minion)])),
  }
}

function minionObject(job: Job, minion: Minion): Record<string, unknown> {
  const { retcode, failed, states, results, value } = minion.answer!
  const took = job.took(minion)
  return {
    retcode,
    failed,
    duration: took === undefined ? null : ms(took),
    ...(states === undefined ? {} : { states, results }),
    ...(value === undefined ? {} : { return: value }),
  }
}

function ms(micros: number): number {
  return Math.round(micros / 1000)
}
