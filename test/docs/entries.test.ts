import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { allPages, readPage, root } from './page.js'

const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const entries = Object.keys(exports)
  .filter((path) => path !== './package.json')
  .map((path) => path.replace(/^\./, 'tocsin'))

it('every entry of the package is in the table of the library guide', () => {
  const { text } = readPage('docs/guide/library.md')
  const listed = [...text.matchAll(/^\| `(tocsin[^`]*)` \|/gm)].map(([, entry]) => entry)
  expect(listed.sort()).toEqual(entries.sort())
})

it.each(entries.filter((entry) => !entry.endsWith('.json')))(
  '%s is imported by an example of a guide',
  (entry) => {
    const examples = allPages()
      .filter(({ path }) => path.startsWith('docs/guide/'))
      .flatMap(({ blocks }) => blocks)
      .filter(({ language }) => language === 'ts' || language === 'html')
    expect(examples.some(({ text }) => text.includes(`from '${entry}'`))).toBe(true)
  },
)
