import { expect, it } from 'vitest'
import { HostTable, SILENT } from '../../src/hosts/host-table.js'
import { HostStateCounts } from '../../src/hosts/state-counts.js'

it('counts very many hosts in parts, and says what it has counted to the end', () => {
  const table = new HostTable()
  for (let n = 0; n < 25_000; n++) {
    const index = table.add(`h${n}`)
    if (n % 5 === 0) table.flags[index] = SILENT
    if (n % 1000 === 2) table.errorAt[index] = n < 10_000 ? 1000 : 1400
  }
  table.remove(1)
  const states = new HostStateCounts()
  states.step(table, 1600)
  states.step(table, 1600)
  expect(states.counts).toEqual({ error: 0, silent: 0, warning: 0, ok: 0, left: 0 })
  expect(states.trouble).toEqual({ known: 0, failing: 0, silent: 0 })
  states.step(table, 1600)
  // Of 25 with errors, 10 had theirs ten minutes ago.
  expect(states.trouble).toEqual({ known: 24_999, failing: 15, silent: 5_000 })
  expect(states.counts).toEqual({ error: 0, silent: 5_000, warning: 0, ok: 19_999, left: 0 })
})
