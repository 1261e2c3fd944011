import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { catalogue } from '../../src/errors/tocsin-error.js'
import { FilterLimits, formatFilter, parseFilter } from '../../src/filter/index.js'

const guide = readFileSync(new URL('../../docs/guide/filters.md', import.meta.url), 'utf8')

describe('the guide to filters', () => {
  it('has valid examples', () => {
    const examples = guide
      .match(/```json\n(.*?)```/s)![1]
      .trim()
      .split('\n')
    expect(examples.length).toBeGreaterThan(5)
    for (const example of examples) {
      const filter = JSON.parse(example)
      expect(formatFilter(parseFilter(filter))).toMatchObject({ [Object.keys(filter)[0]]: expect.anything() })
    }
  })

  it('has valid patterns', () => {
    const patterns = [...guide.matchAll(/^\| `([^`]+)` \| (?:Tags|Excludes)/gm)].map(([, pattern]) => pattern)
    expect(patterns).toHaveLength(5)
    for (const pattern of patterns) expect(parseFilter(pattern)).toBeDefined()
  })

  it('names the actual limits and errors', () => {
    const rows = [...guide.matchAll(/\| (\d+)(?: bytes)? \| `(TCN_\w+)` \|/g)]
    const { patternBytes, literalBytes, parts, depth, cost, regexRepeat, regexSize } = FilterLimits
    expect(rows.map(([, value]) => Number(value))).toEqual([
      patternBytes,
      literalBytes,
      parts,
      depth,
      cost,
      regexRepeat,
      regexSize,
    ])
    for (const [, , code] of rows) expect(catalogue).toHaveProperty(code)
    expect(guide).toContain(`${FilterLimits.patternedBytes} bytes`)
    expect(guide).toContain(`${FilterLimits.searchedBytes} bytes`)
  })
})
