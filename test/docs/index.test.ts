import { readdirSync } from 'node:fs'
import { join, posix } from 'node:path'
import { expect, it } from 'vitest'
import { logEngines } from '../../src/log/engines.js'
import { sinksConfig } from '../../src/sinks/config.js'
import { sourcesConfig } from '../../src/sources/config.js'
import { allPages, readPage, root } from './page.js'

it('the index of the guides links to each of them', () => {
  const { text } = readPage('docs/guide/index.md')
  const linked = [...text.matchAll(/\]\(([\w-]+\.md)/g)].map(([, page]) => page)
  const guides = readdirSync(join(root, 'docs/guide')).filter((name) => name !== 'index.md')
  expect(guides.filter((name) => !linked.includes(name))).toEqual([])
})

it('every page of the documentation can be reached from the README', () => {
  const pages = new Map(allPages().map((page) => [page.path, page.text]))
  const reached = new Set<string>()
  const open = ['README.md']
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const text = pages.get(path)
    if (text === undefined || reached.has(path)) continue
    reached.add(path)
    for (const [, link] of text.matchAll(/\]\(([^)#\s]+)/g)) open.push(posix.join(posix.dirname(path), link))
  }
  const documents = [...pages.keys()].filter((path) => path.startsWith('docs/'))
  expect(documents.filter((path) => !reached.has(path))).toEqual([])
})

it('the guides name every kind of source and sink', () => {
  const guides = allPages().filter(({ path }) => path.startsWith('docs/guide/'))
  const text = guides.map((page) => page.text).join('\n')
  const sinkKinds = [...sinksConfig.valueType.def.options].map(({ shape }) => shape.type.value)
  const kinds = [...Object.keys(sourcesConfig.shape), ...sinkKinds]
  expect(kinds.filter((kind) => !text.includes(`\`${kind}\``))).toEqual([])
})

it('the glossary names every engine of the log', () => {
  const { text } = readPage('docs/glossary.md')
  const entry = text.slice(text.indexOf('\n## engine\n'), text.indexOf('\n## event\n'))
  expect(logEngines.filter(({ name }) => !entry.includes(`\`${name}\``))).toEqual([])
})
