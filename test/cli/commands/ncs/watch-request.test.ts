import { describe, expect, it } from 'vitest'
import { maskWords, parseMask } from '../../../../src/cli/commands/ncs/mask-argument.js'
import {
  readAnswerMode,
  readId,
  readInterval,
  readMoment,
} from '../../../../src/cli/commands/ncs/option-values.js'
import { type NotificationOptions, requestOf } from '../../../../src/cli/commands/ncs/watch-request.js'
import { maskNames } from '../../../../src/protocols/ncs/constants/mask.js'

const namesOf = (options: NotificationOptions) => maskNames(requestOf(options).mask)
const mask = parseMask

describe('the mask', () => {
  it('is read from names with and without a prefix, in any case, and from numbers', () => {
    expect(maskNames(mask('audit,NOTIF_COMMIT_DIFF, NCS_NOTIF_CQ_PROGRESS'))).toEqual([
      'AUDIT',
      'COMMIT_DIFF',
      'CQ_PROGRESS',
    ])
    expect(mask('SYSTEM_GOING_DOWN,AUDIT')).toBe(2 ** 31 + 1)
    expect(mask('3')).toBe(mask('AUDIT,SYSLOG'))
    expect(mask('0x80000000')).toBe(2 ** 31)
    expect(mask('ALL') & mask('HEARTBEAT,STREAM_EVENT,AUDIT_SYNC')).toBe(0)
  })

  it.each(['', 'NOPE', '0', 'AUDIT,', '0x1ffffffff', '-1'])('refuses %j', (text) => {
    expect(() => parseMask(text)).toThrow(/There is no notification/)
  })

  it('is without an option all types that keep nobody waiting', () => {
    expect(namesOf({})).toContain('SYSTEM_GOING_DOWN')
    for (const name of ['COMMIT_DIFF', 'AUDIT_SYNC', 'HEARTBEAT', 'STREAM_EVENT', 'TAKEOVER_SYSLOG'])
      expect(namesOf({})).not.toContain(name)
  })

  it('is completed with the names of all bits', () => {
    expect(maskWords).toHaveLength(33)
  })
})

describe('the request', () => {
  it('asks publishers to wait with the bit of each type that can wait', () => {
    expect(namesOf({ mask: mask('AUDIT,HA_INFO'), sync: true })).toEqual([
      'AUDIT',
      'HA_INFO',
      'AUDIT_SYNC',
      'HA_INFO_SYNC',
    ])
    expect(namesOf({ sync: true })).toContain('COMMIT_DIFF')
    expect(() => requestOf({ mask: mask('COMPACTION'), sync: true })).toThrow(/--sync is for/)
  })

  it('has the lag policy of the option, and none without it', () => {
    expect(requestOf({ lag: 'catch-up' }).lag).toBe('catch-up')
    expect(requestOf({}).lag).toBeUndefined()
  })

  it('has the types of the options that only one type has', () => {
    expect(namesOf({ mask: mask('AUDIT'), heartbeat: 5000, health: 1000 })).toEqual([
      'AUDIT',
      'HEARTBEAT',
      'HEALTH_CHECK',
    ])
    expect(requestOf({ heartbeat: 5000 }).data).toMatchObject({
      heartbeatInterval: 5000,
      healthCheckInterval: undefined,
    })
    expect(requestOf({ mask: mask('HEALTH_CHECK') }).data.healthCheckInterval).toBe(10_000)
  })

  it('for a stream is for this stream alone', () => {
    const options = {
      stream: 'NETCONF',
      start: '2026-11-20T06:00:00Z',
      stop: '2026-11-20T07:00:00Z',
      xpath: '/a',
      usid: 7,
    }
    expect(namesOf(options)).toEqual(['STREAM_EVENT'])
    expect(requestOf(options).data).toMatchObject({
      streamName: 'NETCONF',
      startTime: options.start,
      stopTime: options.stop,
      xpathFilter: '/a',
      usid: 7,
    })
    expect(namesOf({ stream: 'a', mask: mask('AUDIT') })).toEqual(['AUDIT', 'STREAM_EVENT'])
  })

  it('has the level of progress as a number', () => {
    expect(requestOf({ verbosity: 'very-verbose' }).data.verbosity).toBe(2)
  })

  it.each([
    [{ mask: mask('STREAM_EVENT') }, /--stream/],
    [{ start: '2026-11-20T06:00:00Z' }, /for --stream/],
    [{ usid: 0 }, /for --stream/],
    [{ stream: 'a', stop: '2026-11-20T06:00:00Z' }, /--stop needs --start/],
    [{ mask: mask('AUDIT'), verbosity: 'debug' as const }, /PROGRESS/],
  ])('refuses %o', (options, message) => {
    expect(() => requestOf(options)).toThrow(expect.objectContaining({ code: 'TCN_USAGE' }))
    expect(() => requestOf(options)).toThrow(message)
  })
})

describe('values of options', () => {
  it('intervals are durations, or ms as in programs for NSO', () => {
    expect([readInterval('10000'), readInterval('10s')]).toEqual([10_000, 10_000])
    expect(() => readInterval('0')).toThrow(/not a duration/)
    expect(() => readInterval('soon')).toThrow(/not a duration/)
  })

  it('times are RFC 3339, ago or ahead', () => {
    const ms = (text: string) => Date.parse(readMoment(text)) - Date.now()
    expect(ms('-1h')).toBeCloseTo(-3600e3, -4)
    expect(ms('+10m')).toBeCloseTo(600e3, -4)
    expect(Date.parse(readMoment('2026-11-20T07:00:00+01:00'))).toBe(Date.parse('2026-11-20T06:00:00Z'))
    for (const text of ['end', '@7', '', '+', '2026-13-01T00:00:00Z'])
      expect(() => readMoment(text)).toThrow(/not a time/)
  })

  it('answers are given at once, at Enter or after a delay', () => {
    expect(readAnswerMode('auto')).toEqual({ how: 'auto' })
    expect(readAnswerMode('manual')).toEqual({ how: 'manual' })
    expect(readAnswerMode('delay=1.5s')).toEqual({ how: 'delay', ms: 1500 })
    for (const text of ['', 'delay', 'delay=', 'delay=x', 'never'])
      expect(() => readAnswerMode(text)).toThrow(/auto, manual or delay/)
  })

  it('a user session is a number', () => {
    expect(readId('12')).toBe(12)
    expect(() => readId('ann')).toThrow(/number/)
  })
})
