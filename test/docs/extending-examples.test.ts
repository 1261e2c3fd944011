import { expect, it } from 'vitest'
import { describeExample } from './example-tree.js'
import { readPage } from './page.js'

describeExample('docs/guide/extending.md', 34)

it('the example face changes one existing file', () => {
  const { text, blocks } = readPage('docs/guide/extending.md')
  const nextSection = text.slice(0, text.indexOf('## Add a management method')).split('\n').length
  const changes = blocks.filter(({ language, line }) => language === 'diff' && line < nextSection)
  expect(changes.map(({ label }) => label)).toEqual(['src/faces/index.ts'])
})
