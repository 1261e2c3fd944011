import { TocsinError } from '../../errors/tocsin-error.js'
import type { Facets, FieldValue, Histogram, TagCompletion } from '../contract/index.js'
import type { Coverage } from '../results/events.js'

type TagCounts = { tags: TagCompletion[]; exact: boolean }

/** The counts of several hubs together. */
export function sumOfHistograms(answers: readonly Histogram[], top: number): Histogram {
  const [{ from, to, start, step, counts }] = answers
  for (const each of answers)
    if (each.start !== start || each.step !== step || each.counts.length !== counts.length)
      throw new TocsinError('TCN_EDGE_ANSWER', 'the spans of two hubs are not the same')
  const totals = counts.map((_, nth) => sumOrNull(answers.map((each) => each.counts[nth])))
  return {
    ...{ from, to, start, step, counts: totals },
    ...(answers.some(({ series }) => series !== undefined) && seriesTogether(answers, counts.length, top)),
    ...coverageOfAll(answers),
  }
}

function sumOrNull(counts: readonly (number | null)[]): number | null {
  const known = counts.filter((count) => count !== null)
  return known.length === 0 ? null : known.reduce((sum, count) => sum + count, 0)
}

function seriesTogether(
  answers: readonly Histogram[],
  buckets: number,
  top: number,
): Pick<Histogram, 'series' | 'other'> {
  const other = new Array<number>(buckets).fill(0)
  const sums = new Map<FieldValue, number[]>()
  for (const answer of answers) {
    addTo(other, answer.other ?? [])
    for (const { value, counts } of answer.series ?? []) {
      const known = sums.get(value)
      if (known === undefined) sums.set(value, [...counts])
      else addTo(known, counts)
    }
  }
  const series = [...sums]
    .map(([value, counts]) => ({ value, total: counts.reduce((sum, count) => sum + count, 0), counts }))
    .sort((one, another) => another.total - one.total)
  for (const { counts } of series.splice(top)) addTo(other, counts)
  return { series, other }
}

function addTo(sums: number[], counts: readonly number[]): void {
  for (const [nth, count] of counts.entries()) if (nth < sums.length) sums[nth] += count
}

/** `most`: values that each hub has returned at most. If one has more, those of others may be too few. */
export function sumOfFacets(answers: readonly Facets[], limit: number, most: number): Facets {
  const [{ field, from, to }] = answers
  const isCut = answers.some(({ values }) => values.length >= most)
  const sums = new Map<FieldValue, Facets['values'][number]>()
  for (const { values } of answers)
    for (const each of values) {
      const known = sums.get(each.value)
      sums.set(each.value, known === undefined ? each : together(known, each))
    }
  const values = [...sums.values()].sort((one, another) => another.count - one.count)
  const coverage = coverageOfAll(answers)
  const isExact = coverage.exact && !isCut
  const shown = values.slice(0, limit).map((each) => (isExact ? each : { ...each, atLeast: true as const }))
  const counted = coverage.total ?? coverage.atLeast ?? 0
  return {
    ...{ field, from, to, values: shown },
    ...(isExact && { other: shown.reduce((rest, { count }) => rest - count, counted) }),
    ...{ ...coverage, exact: isExact },
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

export function sumOfTags(answers: readonly TagCounts[], limit: number): TagCounts {
  const sums = new Map<string, TagCompletion>()
  for (const { tags } of answers)
    for (const each of tags) {
      const { text, count, complete } = each
      const known = sums.get(text)
      sums.set(text, known === undefined ? each : { text, count: known.count + count, complete })
    }
  const tags = [...sums.values()].sort((a, b) => b.count - a.count || (a.text < b.text ? -1 : 1))
  return { tags: tags.slice(0, limit), exact: tags.length <= limit && answers.every(({ exact }) => exact) }
}

function coverageOfAll(answers: readonly Coverage[]): Coverage {
  const isWhole = answers.every(({ total }) => total !== undefined)
  const counted = answers.reduce((sum, { total, atLeast = 0 }) => sum + (total ?? atLeast), 0)
  const missed = answers.reduce((sum, { missed = 0 }) => sum + missed, 0)
  const covered = answers.flatMap(({ coveredFrom }) => coveredFrom ?? [])
  return {
    exact: answers.every(({ exact }) => exact),
    ...(isWhole ? { total: counted } : { atLeast: counted }),
    ...(covered.length > 0 && { coveredFrom: Math.max(...covered) }),
    ...(missed > 0 && { missed }),
  }
}
