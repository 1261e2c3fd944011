import { describe, expect, it } from 'vitest'
import { severityOf } from '../../src/types/severity.js'

describe('the severity of an event', () => {
  it.each([
    [{ severity: 'crit' }, 'error'],
    [{ severity: 4 }, 'warning'],
    [{ level: 50 }, 'error'],
    [{ level: 1 }, 'warning'],
    [{ state: 'Degraded' }, 'warning'],
    [{ state: 'SCTP_COMM_LOST' }, 'error'],
    [{ state: 'SCTP_ADDR_UNREACHABLE' }, 'warning'],
    [{ state: 'SCTP_COMM_UP' }, undefined],
    [{ success: false }, 'error'],
    [{ retcode: 0 }, undefined],
    [{ success: true }, 'success'],
    [{ severity: 'constructor' }, undefined],
    [{ severity: 'x'.repeat(1e6) }, undefined],
    ['down', undefined],
    [null, undefined],
  ])('of %o is %s', (data, expected) => {
    expect(severityOf(data)).toBe(expected)
  })
})
