import { describe, expect, it } from 'vitest'
import { formatBytes, formatCount, formatRate, formatSpan } from '../../../src/cli/terminal/figures.js'

describe('figures', () => {
  it('groups thousands', () => {
    expect([0, 999, 1000, 1234567].map(formatCount)).toEqual(['0', '999', '1,000', '1,234,567'])
  })

  it('shows sizes with a binary unit', () => {
    expect([0, 1023, 1024, 1536, 1048575, 17.3 * 2 ** 20, 5 * 2 ** 40].map(formatBytes)).toEqual([
      '0 B',
      '1023 B',
      '1.0 KiB',
      '1.5 KiB',
      '1.0 MiB',
      '17.3 MiB',
      '5.0 TiB',
    ])
  })

  it('shows the two largest units of a span', () => {
    expect([-5, 0, 1500, 999_000, 1.25e6, 59e6, 60e6, 125e6, 3600e6, 90061e6].map(formatSpan)).toEqual([
      '0ms',
      '0ms',
      '2ms',
      '999ms',
      '1.3s',
      '59s',
      '1m',
      '2m 5s',
      '1h',
      '1d 1h',
    ])
  })

  it('shows slow rates with a decimal', () => {
    expect([0, 0.04, 0.4, 9.94, 12.4, 1204].map(formatRate)).toEqual([
      '0',
      '0.0',
      '0.4',
      '9.9',
      '12',
      '1,204',
    ])
  })
})
