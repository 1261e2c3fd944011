import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { core, restartedParts } from '../../src/parts/part.js'
import { root } from './sources.js'

test('the architecture page says what ends when something throws, as the code does', () => {
  const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8')
  const table = page.split('| where something throws | effect |\n|---|---|\n')[1].split('\n\n')[0]
  const rows = table.split('\n').map((row) => row.slice(2, -2).split(' | '))
  const ends = 'The process ends, with the reason on its stderr.'
  expect(rows).toEqual([...Object.entries(restartedParts), [core.join(', '), ends]])
})
