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
    [
      { state: 'finished', cmd_list: ['true', 'a'], 'return_codes/true': '0', 'return_codes/a': '2' },
      'error',
    ],
    [{ state: 'finished', cmd_list: ['true'], 'return_codes/true': '0' }, undefined],
    [{ state: 'running', cmd_list: ['false'], 'return_codes/false': '1' }, undefined],
    [{ state: 'finished', process_details: { cmd_list: ['a'], 'return_codes/a': '-1' } }, 'error'],
    [{ state: 'finished', cmd_list: [{ toString: 1 }, 7], process_details: undefined }, undefined],
    [{ state: 'finished', cmd_list: 'a', process_details: [] }, undefined],
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
