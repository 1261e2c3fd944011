import { beforeAll, expect, it, vi } from 'vitest'
import { cutAnswers, watch } from './cut-answers.js'
import { pastLog } from './past-log.js'
import { openPage, openSite, page, site } from './shared-console.js'

const MINUTE = 60_000
const HOST = 'cut.fra'
const NEW = { one: 9, two: 5 }
/** Seven minutes apart: eight of them in an hour. */
const PAST = 24
const LATE = 8
/** Of all events, and of those of each type. */
const truth = {
  hour: { all: LATE + 14, other: LATE, 'test.one': NEW.one, 'test.two': NEW.two },
  day: { all: PAST + 14, other: PAST, 'test.one': NEW.one, 'test.two': NEW.two },
}
const right = (period: 'hour' | 'day', name: string) => {
  const { other, ...named } = truth[period]
  return named[name as 'all'] ?? other
}

beforeAll(async () => {
  const past = Array.from({ length: PAST }, (_, n) => ({ tag: `host/${HOST}/app/old`, data: { n } }))
  await openSite({ data: await pastLog(past, 7 * MINUTE) })
  await using client = await site.hub.connect()
  for (const [type, events] of Object.entries(NEW))
    for (let n = 0; n < events; n++)
      await client.publish(
        `host/${HOST}/app/new`,
        { n, severity: n === 0 ? 'err' : 'info' },
        { attributes: { type: `test.${type}` } },
      )
  site.hub.hub.hosts.start()
  const known = async () => (await client.request('hosts.map', { match: [HOST] })).names.length
  await vi.waitUntil(async () => (await known()) === 1, 20_000)
})

const LANES = `[...document.querySelectorAll('.lane')].map((lane) => [
  lane.closest('.host').querySelector('h3').textContent,
  lane.querySelector('a').textContent,
  lane.querySelector('.number').textContent,
  lane.querySelector('svg').getAttribute('aria-label'),
  lane.closest('[data-stale]') ? 'stale' : '',
])`

it('every number on the page of a host that is not finished is marked, and never more than the true one', async () => {
  await openPage({ path: `/view/fleet?host=${HOST}` })
  const asked = await cutAnswers(4)
  const seen = await watch(LANES)
  const lanes = page.locator('.lane .number')
  const heading = page.locator('.host h3').first()
  await expect.poll(() => lanes.allTextContents()).toEqual(['22', '9', '8', '5'])
  await expect.poll(async () => (await heading.textContent())!.trim()).toBe('Events of the last hour')
  await page.getByRole('combobox', { name: 'Time' }).selectOption('day')
  await expect.poll(async () => (await heading.textContent())!.trim()).toBe('Events of the last day')
  await expect.poll(() => lanes.allTextContents()).toEqual(['38', '24', '9', '5'])
  const all = await seen()
  const marked = all.filter(([, , number]) => number.startsWith('≥'))
  expect(marked.length).toBeGreaterThan(6)
  for (const [period, name, number, spoken] of all) {
    const wanted = right(period.includes('hour') ? 'hour' : 'day', name)
    const shown = Number(number.replace('≥ ', ''))
    if (!number.startsWith('≥')) expect([period, name, shown]).toEqual([period, name, wanted])
    else {
      expect(shown).toBeLessThanOrEqual(wanted)
      expect(period).toMatch(/counted back to/)
      expect(spoken).toContain(`${name}: at least ${shown} event`)
    }
  }
  // One question has all numbers; another of the same time has the colours.
  const first = asked.filter(({ more }) => more === undefined)
  expect(new Set(first.filter(({ by }) => by === 'type').map(({ from }) => from))).toEqual(
    new Set(['-1h', '-1d']),
  )
  for (const { by, to } of first) expect(by === 'severity').toBe(to !== undefined)
  await page.locator('.lane').first().locator('.is-error').waitFor({ state: 'attached' })
})

const COUNTS = `[
  ...[...document.querySelectorAll('.histogram')].map((bars) => [
    'all',
    bars.querySelector('.exact').textContent,
    bars.querySelector('svg')?.getAttribute('aria-label') ?? '',
    bars.matches('[data-stale]') ? 'stale' : '',
  ]),
  ...[...document.querySelectorAll('.histogram rect:not(.unknown) title')].map((bar) => ['bar', bar.textContent]),
  ...[...document.querySelectorAll('.facets section')].flatMap((facet) =>
    [...facet.querySelectorAll('.value, .others')].map((each) => [
      facet.querySelector('h2').firstChild.data,
      each.querySelector('.name')?.textContent ?? 'others',
      (each.querySelector('.count') ?? each).textContent,
      facet.querySelector('small')?.textContent ?? '',
      facet.matches('[data-stale]') ? 'stale' : '',
    ]),
  ),
]`

it('every number on the page of events that is not finished is marked, and says of which time it is', async () => {
  await openPage({ path: `/view/events?filter=host/${HOST}/&range=1h` })
  await cutAnswers(4)
  const seen = await watch(COUNTS)
  await page.getByText('22 events, exact, in the last 1h').waitFor()
  await expect.poll(() => page.locator('.facets .value').count()).toBeGreaterThan(6)
  await expect.poll(() => page.getByText('counting …').count()).toBe(0)
  const all = (await seen()).filter((each) => each.at(-1) !== 'stale')
  const last = (await page.evaluate(COUNTS)) as string[][]
  const right = new Map(last.map(([part, name, number]) => [`${part} ${name}`, Number.parseInt(number, 10)]))
  expect(right.get(`host ${HOST}`)).toBe(22)
  expect([right.get('type test.one'), right.get('type test.two'), right.get('severity err')]).toEqual([
    9, 5, 2,
  ])
  let marked = 0
  for (const [part, name, number, small] of all) {
    if (part === 'all' && name.includes('exact')) expect(name).toBe('22 events, exact, in the last 1h')
    else if (part === 'all' && name.startsWith('at least')) {
      expect(name).toMatch(/, counted back to .*, in the last 1h$/)
      expect(number).toMatch(new RegExp(`^${/^at least \d+ events?/.exec(name)![0]} from `))
    } else if (part === 'bar' && !name.includes('at least')) expect(name).toMatch(/: [12589] events? from /)
    else if (number?.startsWith('≥')) {
      marked++
      expect(small).toMatch(/counting …/)
      expect(Number.parseInt(number.slice(2), 10)).toBeLessThanOrEqual(right.get(`${part} ${name}`)!)
    } else if (/^\d/.test(number ?? ''))
      expect([part, name, Number.parseInt(number, 10)]).toEqual([part, name, right.get(`${part} ${name}`)])
    expect(`${number}`).not.toContain('no value')
  }
  expect(marked).toBeGreaterThan(6)
})

it('says of which time there is none, where the list has older events', async () => {
  await openPage({ path: `/view/events?filter=host/${HOST}/app/old&where=data.n = 0` })
  await page.getByText('0 events, exact, in the last 15m').waitFor()
  await expect.poll(() => page.getByText('no value in the last 15m').count()).toBe(5)
  await page.getByRole('row').filter({ hasText: 'app/old' }).waitFor()
})
