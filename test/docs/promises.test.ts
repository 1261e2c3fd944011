import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const PAGE = readFileSync('docs/reference/promises.md', 'utf8')
const rows = [...PAGE.matchAll(/^\| (\w+) \| (.+?\.) \| (.+?) \| (.+?) \|$/gm)].map(
  ([, name, sentence, tests, last]) => ({
    name,
    sentence,
    tests: [...tests.matchAll(/`(.+?)`/g)].map(([, path]) => path),
    last,
  }),
)

/** Tests that repeat a round, with how often, as texts of the page. */
const repeated = [...PAGE.matchAll(/^\| `(\S+)` \| .+? \| ([\d,]+) \| ([\d,]+) \|$/gm)].map(
  ([, path, ...counts]) => ({ path, counts: counts.map(numberIn) }),
)

function numberIn(text: string): number {
  return Number(text.replaceAll(',', ''))
}

/** The promises that a guide must make, in the words of the reference. */
const guides: Record<string, string[]> = {
  client: ['durable', 'once', 'refusal'],
  cluster: ['durable', 'once', 'refusal', 'cursor', 'order', 'gap', 'gate', 'consumer', 'progress'],
  consumers: ['consumer'],
  edge: ['durable', 'once', 'order', 'gap', 'answer'],
  jobs: ['job'],
  rules: ['rule'],
  sinks: ['sink'],
}

test('each promise has tests that exist', () => {
  expect(rows.length).toBeGreaterThan(10)
  for (const { tests } of rows) {
    expect(tests).not.toEqual([])
    for (const path of tests) expect(existsSync(path), path).toBe(true)
  }
})

test('each promise has the rounds and the date of a run, or is held by every run', () => {
  for (const { name, last } of rows) expect(last, name).toMatch(/^(every run|[\d,]+ \w+, \d{4}-\d\d-\d\d)$/)
})

test('tests repeat their rounds as often as the page says', () => {
  expect(repeated.length).toBeGreaterThan(10)
  for (const { path, counts } of repeated)
    expect(readFileSync(path, 'utf8'), path).toContain(`repeats(${counts.join(', ')})`)
})

test.each(Object.entries(guides))('the guide %s makes its promises in the same words', (guide, names) => {
  const text = readFileSync(join('docs/guide', `${guide}.md`), 'utf8')
  for (const name of names)
    expect(text.includes(rows.find((row) => row.name === name)!.sentence), name).toBe(true)
})
