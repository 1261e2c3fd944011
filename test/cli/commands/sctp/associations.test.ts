import { expect, it } from 'vitest'
import { associationColumns } from '../../../../src/cli/commands/sctp/associations.js'
import { tableLines } from '../../../../src/cli/terminal/table.js'

it('the table shows the paths of each association, the primary one with a star', () => {
  const path = (host: string, state: 'active' | 'unreachable', primary = false) => ({
    host,
    port: 38412,
    state,
    primary,
  })
  const [, line] = tableLines(associationColumns(61e6), [
    {
      source: 'n2',
      association: 3,
      state: 'up',
      since: 0,
      outboundStreams: 7,
      inboundStreams: 10,
      peers: [path('10.0.0.1', 'active', true), path('fd00::1', 'unreachable')],
      restarts: 0,
      messages: 2,
      bytes: 10,
      lastError: 'fd00::1 is unreachable',
    },
  ])
  expect(line).toContain('10.0.0.1:38412*, [fd00::1]:38412 (unreachable)')
  expect(line).toMatch(/^n2 +3 +up .* fd00::1 is unreachable$/)
})
