import { TocsinError } from '../../errors/tocsin-error.js'
import type { AskedEdges, Facets, FieldValue, Histogram, TagCompletion } from '../contract/index.js'
import type { Coverage } from '../results/events.js'

/** Different values, or tags, that are counted of all hubs together. */
const MAX_VALUES = 50_000

/** Adds the answers of hubs as they come, so that only the sum is in memory. */
export interface Sum<Answer, Total> {
  /** Throws TCN_EDGE_ANSWER if the answer does not belong to the others. */
  add(answer: Answer): void
  total(): Total
}

type CountedTags = { tags: TagCompletion[]; exact: boolean; asked?: AskedEdges | undefined }

/** The spans that all hubs must have counted by. */
export interface CountedSpan {
  readonly from: number
  readonly to: number
  readonly start: number
  readonly step: number
  readonly count: number
}

export class HistogramSum implements Sum<Histogram, Histogram> {
  readonly #span: CountedSpan
  readonly #top: number
  /** Series that each hub has returned at most. If one has more, the sums of others may be too small. */
  readonly #most: number
  readonly #coverage = new CoverageSum()
  readonly #counts: (number | null)[]
  readonly #series = new Map<FieldValue, number[]>()
  readonly #other: number[]
  #hasSeries = false
  #isCut = false

  constructor(span: CountedSpan, top: number, most: number) {
    this.#span = span
    this.#top = top
    this.#most = most
    this.#counts = new Array<number | null>(span.count).fill(null)
    this.#other = new Array<number>(span.count).fill(0)
  }

  add(answer: Histogram): void {
    const { start, step, counts, series = [], other = [] } = answer
    const isSame =
      start === this.#span.start && step === this.#span.step && counts.length === this.#span.count
    if (!isSame) throw new TocsinError('TCN_EDGE_ANSWER', 'it has counted other spans')
    this.#coverage.add(answer)
    for (const [nth, count] of counts.entries())
      if (count !== null) this.#counts[nth] = (this.#counts[nth] ?? 0) + count
    this.#hasSeries ||= answer.series !== undefined
    this.#isCut ||= series.length >= this.#most && other.some((count) => count > 0)
    addTo(this.#other, other)
    for (const { value, counts } of series) this.#addSeries(value, counts)
  }

  total(): Histogram {
    const { from, to, start, step } = this.#span
    const coverage = this.#coverage.total()
    return {
      ...{ from, to, start, step, counts: this.#counts },
      ...(this.#hasSeries && this.#topSeries()),
      ...{ ...coverage, exact: coverage.exact && !this.#isCut },
    }
  }

  #addSeries(value: FieldValue, counts: readonly number[]): void {
    const known = this.#series.get(value)
    if (known !== undefined) addTo(known, counts)
    else if (this.#series.size < MAX_VALUES) this.#series.set(value, counts.slice(0, this.#span.count))
    else {
      this.#isCut = true
      addTo(this.#other, counts)
    }
  }

  #topSeries(): Pick<Histogram, 'series' | 'other'> {
    const other = [...this.#other]
    const series = [...this.#series]
      .map(([value, counts]) => ({ value, total: counts.reduce((sum, count) => sum + count, 0), counts }))
      .sort((one, another) => another.total - one.total)
    for (const { counts } of series.splice(this.#top)) addTo(other, counts)
    return { series, other }
  }
}

function addTo(sums: number[], counts: readonly number[]): void {
  for (const [nth, count] of counts.entries()) if (nth < sums.length) sums[nth] += count
}

export class FacetSum implements Sum<Facets, Facets> {
  readonly #head: Pick<Facets, 'field' | 'from' | 'to'>
  readonly #limit: number
  readonly #most: number
  readonly #coverage = new CoverageSum()
  readonly #values = new Map<FieldValue, Facets['values'][number]>()
  #isCut = false

  /** `most`: values that each hub has returned at most. If one has more, the sums of others may be too small. */
  constructor(head: Pick<Facets, 'field' | 'from' | 'to'>, limit: number, most: number) {
    this.#head = head
    this.#limit = limit
    this.#most = most
  }

  add(answer: Facets): void {
    this.#coverage.add(answer)
    this.#isCut ||= answer.values.length >= this.#most
    for (const each of answer.values) {
      const known = this.#values.get(each.value)
      if (known === undefined && this.#values.size >= MAX_VALUES) this.#isCut = true
      else this.#values.set(each.value, known === undefined ? each : together(known, each))
    }
  }

  total(): Facets {
    const coverage = this.#coverage.total()
    const isExact = coverage.exact && !this.#isCut
    const shown = [...this.#values.values()]
      .sort((one, another) => another.count - one.count)
      .slice(0, this.#limit)
      .map((each) => (isExact ? each : { ...each, atLeast: true as const }))
    const counted = coverage.total ?? coverage.atLeast ?? 0
    return {
      ...{ ...this.#head, values: shown },
      ...(isExact && { other: shown.reduce((rest, { count }) => rest - count, counted) }),
      ...{ ...coverage, exact: isExact },
    }
  }
}

type FacetRow = Facets['values'][number]

function together(one: FacetRow, another: FacetRow): FacetRow {
  return {
    value: one.value,
    count: one.count + another.count,
    ...((one.atLeast || another.atLeast) && { atLeast: true as const }),
    ...((one.more || another.more) && { more: true }),
  }
}

export class TagSum implements Sum<CountedTags, CountedTags> {
  readonly #limit: number
  readonly #tags = new Map<string, TagCompletion>()
  #isExact = true

  constructor(limit: number) {
    this.#limit = limit
  }

  add({ tags, exact }: CountedTags): void {
    this.#isExact &&= exact
    for (const { text, count, complete } of tags) {
      const known = this.#tags.get(text)
      if (known === undefined && this.#tags.size >= MAX_VALUES) this.#isExact = false
      else this.#tags.set(text, { text, count: (known?.count ?? 0) + count, complete })
    }
  }

  total(): CountedTags {
    const tags = [...this.#tags.values()].sort((a, b) => b.count - a.count || (a.text < b.text ? -1 : 1))
    return { tags: tags.slice(0, this.#limit), exact: this.#isExact && tags.length <= this.#limit }
  }
}

class CoverageSum {
  #isWhole = true
  #isExact = true
  #counted = 0
  #missed = 0
  #coveredFrom: number | undefined

  add({ exact, total, atLeast = 0, missed = 0, coveredFrom }: Coverage): void {
    this.#isWhole &&= total !== undefined
    this.#isExact &&= exact
    this.#counted += total ?? atLeast
    this.#missed += missed
    if (coveredFrom !== undefined) this.#coveredFrom = Math.max(this.#coveredFrom ?? 0, coveredFrom)
  }

  total(): Coverage {
    return {
      exact: this.#isExact,
      ...(this.#isWhole ? { total: this.#counted } : { atLeast: this.#counted }),
      ...(this.#coveredFrom !== undefined && { coveredFrom: this.#coveredFrom }),
      ...(this.#missed > 0 && { missed: this.#missed }),
    }
  }
}
