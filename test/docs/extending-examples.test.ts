import { expect, it } from 'vitest'
import { describeExample } from './example-tree.js'
import { readPage } from './page.js'

const PAGE = 'docs/guide/extending.md'

describeExample(PAGE, 36)

it.each([
  ['face', PAGE, '## Add a face', '## Add a sink', 'src/faces/index.ts'],
  ['sink', PAGE, '## Add a sink', '## Add a management method', 'src/sinks/index.ts'],
  ['management method', PAGE, '## Add a management method', '## Add a command', 'src/methods/index.ts'],
  ['source', 'docs/guide/sources.md', '## Write a source in 30 minutes', undefined, 'src/sources/index.ts'],
])('the example %s changes one existing file', (_, page, heading, next, registry) => {
  const { text, blocks } = readPage(page)
  const lineOf = (place: string) => text.slice(0, text.indexOf(place)).split('\n').length
  const [first, last] = [lineOf(heading), next === undefined ? Number.POSITIVE_INFINITY : lineOf(next)]
  const changes = blocks.filter(({ language, line }) => language === 'diff' && line > first && line < last)
  expect(changes.map(({ label }) => label)).toEqual([registry])
})
