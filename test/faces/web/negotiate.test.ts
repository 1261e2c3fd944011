import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { acceptedCoding } from '../../../src/faces/web/negotiate.js'

const coding = (accepted: string | undefined) =>
  acceptedCoding({ headers: accepted === undefined ? {} : { 'accept-encoding': accepted } }, ['br', 'gzip'])

describe('the coding of an answer', () => {
  it.each([
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip', 'gzip'],
    ['GZIP;Q=0.5', 'gzip'],
    ['br;q=0.1, gzip;q=0.9', 'gzip'],
    ['br;q=0, gzip', 'gzip'],
    ['*', 'br'],
    ['br;q=0, *', 'gzip'],
    ['*;q=0', undefined],
    ['identity', undefined],
    ['gzip;q=0', undefined],
    ['gzip;q=none', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('for %j is %j', (accepted, wanted) => {
    expect(coding(accepted)).toBe(wanted)
  })

  it('is one that can be had, whatever a client says', () => {
    const part = fc.constantFrom('br', 'gzip', '*', 'identity', ';q=', '0', '1', '.5', ',', ' ', '-1', 'x')
    fc.assert(
      fc.property(
        fc.array(part).map((parts) => parts.join('')),
        (accepted) => {
          expect(['br', 'gzip', undefined]).toContain(coding(accepted))
        },
      ),
    )
  })
})
