import type { Facets, Histogram } from '../../src/methods/contract/index.js'
import { drawn } from './page-parts.js'
import { page } from './shared-console.js'

type Counted = Histogram | Facets
type Question = Record<string, unknown> & { more?: string; wait?: number }

/** The answer of a hub that has counted a part of the events of every bar and value, and continues. */
function cut(whole: Counted, share: number, more: string): Counted {
  const part = (count: number) => Math.floor(count * share)
  const { total: all = 0, ...rest } = whole
  const coverage = { exact: false, atLeast: part(all), coveredFrom: whole.to, more }
  if ('values' in rest) {
    const values = rest.values.flatMap((each) =>
      part(each.count) === 0 ? [] : [{ ...each, count: part(each.count), atLeast: true as const }],
    )
    return { ...rest, ...coverage, values, other: part(rest.other ?? 0) }
  }
  return {
    ...rest,
    ...coverage,
    counts: rest.counts.map((count) => part(count ?? 0) || null),
    series: rest.series?.map((each) => ({
      ...each,
      total: part(each.total),
      counts: each.counts.map(part),
    })),
    other: rest.other?.map(part),
  }
}

/** Sends counts in this number of parts, each of which is drawn before the next one comes. Returns all questions. */
export async function cutAnswers(parts: number): Promise<Question[]> {
  const asked: Question[] = []
  const known = new Map<string, Counted>()
  await page.route(/\/v1\/events\.(histogram|facets)$/, async (route) => {
    const { more, wait: _wait, ...question } = route.request().postDataJSON() as Question
    asked.push({ ...question, more })
    const key = route.request().url() + JSON.stringify(question)
    const found = more === undefined ? undefined : known.get(key)
    const whole = found ?? ((await (await route.fetch({ postData: question })).json()) as Counted)
    known.set(key, whole)
    const part = Number(more ?? 0) + 1
    // A page that is left draws nothing.
    await drawn().catch(() => {})
    await route.fulfill({ json: part < parts ? cut(whole, part / parts, String(part)) : whole })
  })
  return asked
}

/** Notes what an expression gives, a list of lists of texts, whenever the page is drawn. */
export async function watch(expression: string): Promise<() => Promise<string[][]>> {
  await page.addInitScript(`{
    const seen = (window.seen = new Set())
    const note = () => {
      for (const each of ${expression}) seen.add(JSON.stringify(each))
      requestAnimationFrame(note)
    }
    requestAnimationFrame(note)
  }`)
  await page.reload()
  return async () => {
    await drawn()
    const seen = (await page.evaluate('[...window.seen]')) as string[]
    return seen.map((each) => JSON.parse(each))
  }
}
