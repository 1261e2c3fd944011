import { expect, it } from 'vitest'
import { PositionParts } from '../../src/sources/position-parts.js'
import type { SourceContext } from '../../src/sources/source.js'

it('a part that its reader cannot read counts as none, and as a loss that is reported', async () => {
  const lost: unknown[] = []
  const stored = { log: 'no number', other: 7 }
  const context = {
    load: async (read: (stored: unknown) => unknown) => read(stored),
    lost: (...given: unknown[]) => lost.push(given),
  }
  const parts = await PositionParts.load(context as unknown as SourceContext)
  const read = (kept: unknown) => {
    if (typeof kept !== 'number') throw new Error('no number')
    return kept
  }
  expect([await parts.load('other', read), await parts.load('absent', read)]).toEqual([7, undefined])
  expect(lost).toEqual([])
  expect(await parts.load('log', read)).toBeUndefined()
  expect(lost).toEqual([[undefined, 'the position in log cannot be read: no number']])
})
