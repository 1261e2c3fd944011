import type { Command } from 'commander'
import type { Client } from '../../../client/api.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { onlyGiven } from '../../../event/json/only-given.js'
import { formatTime } from '../../../event/position.js'
import type {
  FieldValue,
  FilterCheckParams,
  ParamsOf,
  ReadParams,
  ResultOf,
} from '../../../methods/contract/index.js'
import type { Coverage } from '../../../methods/results/events.js'
import {
  type ByEventTime,
  conditionOptions,
  type EdgeOptions,
  edgesOption,
  type GrepOptions,
  grepOptions,
  type RangeOptions,
  type ReportOptions,
  rangeOptions,
  reportOptions,
  type WhereOptions,
} from '../../help/options.js'
import { sharedOption } from '../../help/vocabulary.js'
import type { Io } from '../../io.js'
import { noteAsked } from '../../output/asked-edges.js'
import { report } from '../../output/report.js'
import { formatCount, plural } from '../../terminal/figures.js'
import { Progress } from '../../terminal/progress.js'

/** Between two looks at how far the hub has counted, ms. */
const LOOK_MS = 500
/** Answers that said nothing new: early ones, or five minutes of others. */
const MOST_REPEATS = 100
const MOST_LOOKS = 600

type CountMethod = 'events.histogram' | 'events.facets'

/** The options that the commands that count events share. */
export interface CountOptions
  extends ReportOptions,
    RangeOptions,
    ByEventTime,
    EdgeOptions,
    WhereOptions,
    Partial<GrepOptions> {
  limit?: number
  strict?: boolean
}

export function countOptions(command: Command): Command {
  conditionOptions(command)
  grepOptions(command)
  rangeOptions(command, { usual: '-1h' }, { usual: 'now' })
  command.addOption(sharedOption('--event-time'))
  edgesOption(command)
  command.addOption(sharedOption('--strict', { note: 'here, if a number is not exact' }))
  return reportOptions(command)
}

/** Which events are counted. */
export async function selectionOf(
  filters: readonly string[],
  { from, to, eventTime, edges, ...conditions }: CountOptions,
): Promise<
  Pick<ReadParams, 'filters' | 'where'> & Partial<Pick<ReadParams, 'time' | 'edges'>> & RangeOptions
> {
  const { filterOf } = await import('../../hub/filter-argument.js')
  const time = eventTime ? ('event' as const) : undefined
  return onlyGiven({ filters: await filterOf(filters, conditions), from, to, time, edges })
}

/**
 * Counts until everything is counted, and prints the answer. On Ctrl-C, or when `--timeout` has passed, it prints what
 * was counted until then.
 */
export async function showCounts<Name extends CountMethod>(
  io: Io,
  options: CountOptions,
  method: Name,
  params: ParamsOf<Name>,
  lines: (answer: ResultOf<Name>) => readonly string[],
): Promise<void> {
  let answer: ResultOf<Name> | undefined
  const notes: string[] = []
  const progress = new Progress(io, () => (answer === undefined ? 'counting …' : progressText(answer)))
  const show = async () => {
    progress.end()
    if (answer === undefined) return
    const shown = answer
    const { more: _, ...found } = shown
    await report(io, options.format, [found], () => lines(shown))
    noteCoverage(io, answer)
    if (answer.asked !== undefined) await noteAsked(io, answer.asked, options)
    for (const note of notes) io.note(note)
  }
  const { withHub } = await import('../../hub/connect.js')
  const { lateText } = await import('../../hub/late-events.js')
  const { unmetFields } = await import('../../hub/unmet-fields.js')
  try {
    await withHub(io, options, async (client) => {
      for await (const next of answers(io, client, options, method, params)) {
        answer = next
        progress.tick()
      }
      if (options.edges !== undefined) return
      const range = { from: '-1h', ...options }
      const late = await lateText(io, client, range, params)
      if (late !== undefined) notes.push(late)
      else if (isEmpty(answer)) notes.push(...(await unmetFields(io, client, range, namedIn(params))))
    })
  } catch (error) {
    await show()
    throw error
  }
  await show()
  if (options.strict === true && answer?.exact === false) throw new TocsinError('TCN_COUNT_INEXACT')
}

/** Returns whether no event matches, or none has the field of which the values are counted. */
function isEmpty(answer: ResultOf<CountMethod> | undefined): boolean {
  return answer?.total === 0 || (answer !== undefined && 'values' in answer && answer.values.length === 0)
}

function namedIn(
  params: Pick<ParamsOf<CountMethod>, 'filters'> & { field?: string },
): Pick<FilterCheckParams, 'filters' | 'fields'> {
  const { filters, field } = params
  return { ...(filters !== undefined && { filters }), ...(field !== undefined && { fields: [field] }) }
}

async function* answers<Name extends CountMethod>(
  io: Io,
  client: Client,
  { timeout = Number.POSITIVE_INFINITY, ...options }: CountOptions,
  method: Name,
  params: ParamsOf<Name>,
): AsyncGenerator<ResultOf<Name>> {
  const { call } = await import('../../hub/connect.js')
  const end = performance.now() + timeout
  const repeats = new Repeats()
  for (let more: string | undefined; ; ) {
    const left = Math.max(0, end - performance.now())
    const asked = {
      ...params,
      wait: Math.round(Math.min(LOOK_MS, left)),
      ...(more !== undefined && { more }),
    }
    const limit = timeout === Number.POSITIVE_INFINITY ? {} : { timeout: left + LOOK_MS }
    const begun = performance.now()
    const answer = await call(io, client, method, asked, { ...options, ...limit })
    yield answer
    more = answer.more
    if (more === undefined) return
    if (typeof more !== 'string')
      throw new TocsinError('TCN_PROTOCOL_BODY', 'the hub has not said how to continue')
    repeats.take(answer, performance.now() - begun < asked.wait)
    if (performance.now() >= end)
      throw new TocsinError('TCN_CLIENT_TIMEOUT', 'not everything was counted in time')
  }
}

/** A hub that counts takes the time that it was given. */
class Repeats {
  #last = ''
  #early = 0
  #looks = 0

  take({ coveredFrom, share, atLeast, asked }: Coverage, isEarly: boolean): void {
    const reached = JSON.stringify([coveredFrom, share, atLeast, asked])
    if (reached !== this.#last) [this.#early, this.#looks] = [0, 0]
    this.#last = reached
    this.#looks++
    if (isEarly) this.#early++
    if (this.#early > MOST_REPEATS || this.#looks > MOST_LOOKS)
      throw new TocsinError('TCN_PROTOCOL_BODY', 'the hub gets no further with counting')
  }
}

function progressText({
  coveredFrom,
  share,
  atLeast = 0,
  from,
  to,
}: Coverage & { from: number; to: number }): string {
  const soFar = `${plural(atLeast, 'event')} so far`
  // Events that happened at any time may be anywhere in the log.
  if (share !== undefined) return `counting … ${Math.floor(100 * share)}%, ${soFar}`
  if (coveredFrom === undefined) return 'counting …'
  const covered = to > from ? Math.floor((100 * (to - coveredFrom)) / (to - from)) : 0
  return `counting … ${covered}%, back to ${formatTime(coveredFrom).slice(0, 19)}Z, ${soFar}`
}

/** Says so if a number is not exact. */
function noteCoverage(io: Io, { exact, coveredFrom, missed }: Coverage): void {
  if (coveredFrom !== undefined) io.note(`events before ${formatTime(coveredFrom)} are not all counted`)
  else if (missed !== undefined)
    io.note(`there are too many values: each may have up to ${plural(missed, 'event')} more, listed or not`)
  else if (!exact)
    io.note('the counts are lower bounds: a part of the log cannot be read; see tocsin log verify')
}

export function valueText(value: FieldValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** A share of what was counted. */
export function shareText(count: number, total: number): string {
  return total === 0 ? '' : `${((100 * count) / total).toFixed(1)}%`
}

/** `1,204`, or `≥ 1,204` if there may be more. */
export function countText(count: number, isExact: boolean): string {
  return isExact ? formatCount(count) : `≥ ${formatCount(count)}`
}

/** `1,204 events`, or `at least 1,204 events`. */
export function totalText({ total, atLeast = 0 }: Coverage): string {
  return total === undefined ? `at least ${plural(atLeast, 'event')}` : plural(total, 'event')
}

/** The number of events that were counted. */
export function countedIn({ total, atLeast = 0 }: Coverage): number {
  return total ?? atLeast
}
