import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Row } from '../../bench/harness/row.js'
import { benchmarks } from '../../bench/rows.js'
import { filesUnder, importsOf } from '../architecture/sources.js'
import { readPage, root, tableRows } from './page.js'

const code = (cell: string) => cell.replaceAll('`', '')

describe('the page of dependencies', () => {
  const rows = tableRows(readPage('docs/reference/dependencies.md').text)
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

  it('lists the dependencies of package.json with their versions, and a reason for each', () => {
    expect(Object.fromEntries(rows.map(([name, version]) => [code(name), code(version)]))).toEqual(
      dependencies,
    )
    for (const row of rows) expect(row.slice(2).every((cell) => cell.length > 10)).toBe(true)
  })

  it('lists no dependency that no source file imports, unless it says that only its version is held', () => {
    const used = new Set(filesUnder('src').flatMap(importsOf))
    const held = rows.filter(([, , use]) => use === 'only its version is held').map(([name]) => code(name))
    expect(Object.keys(dependencies).filter((name) => !used.has(name))).toEqual(held)
  })
})

describe('the page of figures', () => {
  it('has the rows of the benchmarks, with their required and target figures', () => {
    const rows = tableRows(readPage('docs/reference/performance.md').text)
    const expected = benchmarks
      .flatMap((benchmark) => benchmark.rows)
      .map((row) => [row.name, row.unit, ...[row.must, row.aim].map((value) => bound(row, value))])
    expect(rows.map(([name, , unit, , required, target]) => [code(name), unit, required, target])).toEqual(
      expected,
    )
  })
})

function bound({ judge }: Row, value: number): string {
  return judge.startsWith('ratio') ? `${value} ×` : value.toLocaleString('en')
}
