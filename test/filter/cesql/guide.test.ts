import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { catalogue } from '../../../src/errors/tocsin-error.js'
import { FilterLimits, parseFilter } from '../../../src/filter/index.js'

const guide = readFileSync(new URL('../../../docs/guide/filters-sql.md', import.meta.url), 'utf8')

function blocks(language: string): string[] {
  const found = guide.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))
  return [...found].flatMap(([, block]) => block.trim().split('\n'))
}

describe('the guide to conditions in SQL', () => {
  it('has expressions that are valid', () => {
    expect(blocks('sql').length).toBeGreaterThan(5)
    for (const sql of blocks('sql')) expect(parseFilter({ sql })).toBeDefined()
  })

  it('has commands with valid conditions', () => {
    const conditions = [...blocks('sh'), ...blocks('bash')].map((line) =>
      /--where (?:'([^']+)'|"([^"]+)")/.exec(line),
    )
    expect(conditions.length).toBeGreaterThan(3)
    for (const match of conditions) expect(parseFilter({ sql: match![1] ?? match![2] })).toBeDefined()
  })

  it('has valid JSON', () => {
    for (const json of blocks('json')) expect(parseFilter(JSON.parse(json))).toBeDefined()
  })

  it('names the actual limits and errors', () => {
    const rows = [...guide.matchAll(/\| (\d+)(?: bytes)? \| `(TCN_\w+)` \|/g)]
    const { sqlBytes, patternBytes, sqlTokens, sqlNodes, sqlDepth } = FilterLimits
    expect(rows.map(([, value]) => Number(value))).toEqual([
      sqlBytes,
      patternBytes,
      sqlTokens,
      sqlNodes,
      sqlDepth,
    ])
    for (const [, , code] of rows) expect(catalogue).toHaveProperty(code)
    expect(guide).toContain(`${FilterLimits.patternedBytes} bytes`)
    expect(guide).toContain(`${FilterLimits.searchedBytes} bytes`)
  })
})
