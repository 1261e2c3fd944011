import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  duration,
  durationOrOff,
  formatDuration,
  formatSize,
  parseDuration,
  parseSize,
  size,
} from '../../src/config/values/units.js'

describe('a size', () => {
  it('has decimal or binary units', () => {
    expect(parseSize('10GiB')).toBe(10 * 2 ** 30)
    expect(parseSize('1.5 MB')).toBe(1_500_000)
    expect(parseSize('0B')).toBe(0)
    expect(parseSize('64kB')).toBe(64_000)
  })

  it('without a unit, with an unknown one or beyond 2^53 is none', () => {
    for (const text of ['10', '10G', '10gib', '-1B', '1e3B', '', 'GiB', '9999999999TiB']) {
      expect(parseSize(text), text).toBeUndefined()
    }
  })

  it('is written with the largest unit that is exact', () => {
    expect(formatSize(10 * 2 ** 30)).toBe('10GiB')
    expect(formatSize(1025)).toBe('1025B')
    expect(formatSize(0)).toBe('0B')
    fc.assert(fc.property(fc.maxSafeNat(), (bytes) => parseSize(formatSize(bytes)) === bytes))
  })
})

describe('a duration', () => {
  it('has units from ms to weeks', () => {
    expect(['250ms', '1.5s', '2m', '1h', '7d', '1w'].map(parseDuration)).toEqual([
      250, 1_500, 120_000, 3_600_000, 604_800_000, 604_800_000,
    ])
  })

  it('without a unit, with an unknown one or a sign is none', () => {
    for (const text of ['10', '10y', '-1s', '1 s ', '1h30m'])
      expect(parseDuration(text), text).toBeUndefined()
  })

  it('is written with the largest unit that is exact', () => {
    expect(formatDuration(90_000)).toBe('90s')
    fc.assert(fc.property(fc.maxSafeNat(), (ms) => parseDuration(formatDuration(ms)) === ms))
  })
})

describe('a setting', () => {
  it('accepts text within its bounds', () => {
    expect(size({ min: 1024 }).parse('1KiB')).toBe(1024)
    expect(size({ min: 1024 }).safeParse('1B').error?.issues[0].message).toBe('must be at least 1KiB')
    expect(duration({ max: 1000 }).safeParse('2s').error?.issues[0].message).toBe(
      'must be at least 0ms and at most 1s',
    )
  })

  it('may be off if the schema allows it', () => {
    expect(durationOrOff().parse('off')).toBeUndefined()
    expect(duration().safeParse('off').success).toBe(false)
  })

  it('refuses a number without a unit', () => {
    expect(duration().safeParse(30).success).toBe(false)
  })
})
