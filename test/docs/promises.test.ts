import { existsSync, readdirSync, readFileSync } from 'node:fs'
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
const repeated = [...PAGE.matchAll(/^\| `(\S+)` \| .+? \| `(\w+)` \| ([\d,]+) \| ([\d,]+) \|$/gm)].map(
  ([, path, variable, usual, long]) => ({
    path,
    variable,
    usual: numberIn(usual),
    long: numberIn(long),
  }),
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
  const script = readFileSync('scripts/test.mjs', 'utf8')
  const [long, full] = ['LONG', 'FULL'].map((name) => {
    const [, body] = new RegExp(`^const ${name} = \\{(.*?)\\}`, 'ms').exec(script)!
    return new Map([...body.matchAll(/(\w+): '(\d+)'/g)].map(([, key, value]) => [key, Number(value)]))
  })
  const counted = [...long.keys()].filter((key) => key.endsWith('_ROUNDS') || key.endsWith('_SEEDS'))
  expect(repeated.map(({ variable }) => variable).toSorted()).toEqual(counted.toSorted())
  for (const { path, variable, usual, long: most } of repeated) {
    expect(long.get(variable), variable).toBe(most)
    expect(full.get(variable) ?? usual, variable).toBe(usual)
    expect(textOf(path), path).toContain(variable)
  }
})

function textOf(path: string): string {
  if (path.endsWith('.ts')) return readFileSync(path, 'utf8')
  const files = readdirSync(path).filter((name) => name.endsWith('.test.ts'))
  return files.map((name) => readFileSync(join(path, name), 'utf8')).join('\n')
}

test.each(Object.entries(guides))('the guide %s makes its promises in the same words', (guide, names) => {
  const text = readFileSync(join('docs/guide', `${guide}.md`), 'utf8')
  for (const name of names)
    expect(text.includes(rows.find((row) => row.name === name)!.sentence), name).toBe(true)
})
