import { formatTime } from 'tocsin/browser'
import type {
  Facets,
  FacetsParams,
  Histogram,
  HistogramParams,
} from '../../../../src/methods/contract/index.js'
import { ApiError } from '../../../hub/api.js'
import { counted } from '../../../hub/counting.js'
import { otherSpan, type Span } from './comparison.js'

/** The values of a field, in the time of the bars. */
export type ValuesQuestion = Pick<FacetsParams, 'filters' | 'field' | 'under' | 'limit'>

/** A field that the hub does not know has the reason instead of values. */
export type FoundValues = Facets | ApiError

/** Bars and values that were counted up to the same moment. */
export interface Counts {
  readonly bars: Histogram
  /** By question. */
  readonly values: ReadonlyMap<string, FoundValues>
  /** The same of another time. */
  readonly other: Counts | undefined
}

export interface CountsQuestion {
  readonly bars: HistogramParams
  readonly values: ReadonlyMap<string, ValuesQuestion>
  /** The time to compare with, as in the address. */
  readonly comparison: string | undefined
}

/**
 * Asks for bars and values of the same time: the bars say which it is. `soFar` gets what is counted meanwhile; of
 * `before`, which was counted earlier, nothing is replaced until all has come.
 */
export async function askCounts(
  { bars: asked, values: wanted, comparison }: CountsQuestion,
  before: Counts | undefined,
  signal: AbortSignal,
  soFar: (counts: Counts) => void,
): Promise<Counts> {
  const values = new Map<string, FoundValues>()
  let bars: Histogram | undefined
  let rest: Promise<unknown> | undefined
  let other: Counts | undefined
  let isSlow = false
  // Quick answers are shown all at once.
  const show = (answer: FoundValues | Histogram) => {
    isSlow ||= 'more' in answer
    if (!isSlow) return
    if (before !== undefined) soFar({ ...before, values: new Map([...values, ...before.values]) })
    else if (bars !== undefined) soFar({ bars, values: new Map(values), other })
  }
  const take = async (id: string, question: ValuesQuestion, span: Span) => {
    const { edges } = asked
    const params = { ...question, edges, from: formatTime(span.from), to: formatTime(span.to) }
    const found = (answer: FoundValues) => {
      values.set(id, answer)
      show(answer)
    }
    await counted('events.facets', params, signal, found).catch(ifRefused(found))
  }
  const askRest = async (span: Histogram) => {
    const all = [...wanted].map(([id, question]) => take(id, question, span))
    if (comparison !== undefined) all.push(compare(otherSpan(comparison, span)))
    await Promise.all(all)
  }
  const compare = async ({ from, to }: Span) => {
    const bars = { ...asked, by: undefined, from: formatTime(from), to: formatTime(to) }
    other = await askCounts({ bars, values: wanted, comparison: undefined }, undefined, signal, () => {})
    show(other.bars)
  }
  bars = await counted('events.histogram', asked, signal, (found) => {
    bars = found
    rest ??= askRest(found)
    // It is awaited later.
    rest.catch(() => {})
    show(found)
  })
  await rest
  return { bars, values, other }
}

/** Only a question that is refused has an answer of its own; without an answer, all is asked again. */
function ifRefused(found: (answer: ApiError) => void): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof ApiError) || error.status >= 500) throw error
    found(error)
  }
}
