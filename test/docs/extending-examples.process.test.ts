import { expect, it } from 'vitest'
import { describeExample } from './example-tree.js'
import { readPage } from './page.js'

const PAGE = 'docs/guide/extending.md'

describeExample(PAGE, 38)

it.each([
  ['face', PAGE, '## Add a face', '## Add a sink', 'src/faces/index.ts'],
  ['sink', PAGE, '## Add a sink', '## Add an observer', 'src/sinks/index.ts'],
  ['observer', PAGE, '## Add an observer', '## Add a management method', 'src/observers/index.ts'],
  ['management method', PAGE, '## Add a management method', '## Add a command', 'src/methods/index.ts'],
  ['command', PAGE, '## Add a command', '## Add a log engine', 'src/cli/commands/log/log.ts'],
  ['log engine', PAGE, '## Add a log engine', '## Add an event type', 'src/log/engines.ts'],
  ['event type', PAGE, '## Add an event type', undefined, 'src/hub/event-types.ts'],
  ['source', 'docs/guide/sources.md', '## Write a source in 30 minutes', undefined, 'src/sources/index.ts'],
])(
  'the example of a %s changes one existing file, and ends with a check list',
  (name, page, heading, next, registry) => {
    const { text, blocks } = readPage(page)
    const lineOf = (place: string) => text.slice(0, text.indexOf(place)).split('\n').length
    const [first, last] = [lineOf(heading), next === undefined ? Number.POSITIVE_INFINITY : lineOf(next)]
    const changes = blocks.filter(({ language, line }) => language === 'diff' && line > first && line < last)
    expect(changes.map(({ label }) => label)).toEqual([registry])
    const section = text.slice(text.indexOf(heading), next === undefined ? undefined : text.indexOf(next))
    expect(section).toMatch(new RegExp(`^Check list for an? ${listName(name)}:$`, 'm'))
  },
)

/** The last word of the kind: a management method is a method, a log engine an engine. */
function listName(kind: string): string {
  return kind.replace(/^(?:management|log) /, '')
}
