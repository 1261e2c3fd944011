import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Column, factLines, tableLines } from '../../../src/cli/terminal/table.js'
import { displayWidth } from '../../../src/cli/terminal/text.js'

interface Row {
  name: string
  count: number
}
const columns: Column<Row>[] = [
  { title: 'NAME', text: ({ name }) => name, flexible: true },
  { title: 'COUNT', text: ({ count }) => String(count), right: true },
]

describe('tableLines', () => {
  it('aligns columns under their titles', () => {
    const lines = tableLines(columns, [
      { name: 'a', count: 5 },
      { name: 'longer', count: 1234 },
    ])
    expect(lines).toEqual(['NAME    COUNT', 'a           5', 'longer   1234'])
  })

  it('narrows the flexible column first', () => {
    const lines = tableLines(columns, [{ name: 'x'.repeat(40), count: 1234 }], 20)
    expect(lines[1]).toBe(`${'x'.repeat(12)}…   1234`)
  })

  it('shows no control character and is never wider than requested', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ name: fc.string({ unit: 'binary' }), count: fc.nat() })),
        fc.integer({ min: 1, max: 60 }),
        (rows, width) => {
          for (const line of tableLines(columns, rows, width)) {
            expect(displayWidth(line)).toBeLessThanOrEqual(width)
            expect(line).not.toMatch(/\p{Cc}/u)
          }
        },
      ),
    )
  })
})

describe('factLines', () => {
  it('leaves out unknown values', () => {
    expect(
      factLines([
        ['hub', 'up'],
        ['fault', undefined],
        ['longer name', 'a\nb'],
      ]),
    ).toEqual(['hub          up', 'longer name  a\\nb'])
  })
})
