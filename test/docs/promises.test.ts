import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const PAGE = readFileSync('docs/reference/promises.md', 'utf8')
const rows = [...PAGE.matchAll(/^\| (\w+) \| (.+?\.) \| (.+?) \|$/gm)].map(([, name, sentence, tests]) => ({
  name,
  sentence,
  tests: [...tests.matchAll(/`(.+?)`/g)].map(([, path]) => path),
}))

/** The promises that a guide must make, in the words of the reference. */
const guides: Record<string, string[]> = {
  client: ['durable', 'once', 'refusal'],
  cluster: ['durable', 'once', 'refusal', 'cursor', 'order', 'gap', 'gate', 'consumer', 'progress'],
  consumers: ['consumer'],
  edge: ['durable', 'once', 'order', 'gap'],
  jobs: ['job'],
}

test('each promise has tests that exist', () => {
  expect(rows.length).toBeGreaterThan(10)
  for (const { tests } of rows) {
    expect(tests).not.toEqual([])
    for (const path of tests) expect(existsSync(path), path).toBe(true)
  }
})

test.each(Object.entries(guides))('the guide %s makes its promises in the same words', (guide, names) => {
  const text = readFileSync(join('docs/guide', `${guide}.md`), 'utf8')
  for (const name of names)
    expect(text.includes(rows.find((row) => row.name === name)!.sentence), name).toBe(true)
})
