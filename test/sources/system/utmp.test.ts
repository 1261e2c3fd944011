import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseUtmp, utmpSize } from '../../../src/sources/system/utmp.js'
import { utmpRecord } from './utmp-record.js'

const record = {
  type: 7,
  pid: 4711,
  line: 'pts/0',
  user: 'ann',
  host: '192.0.2.7',
  time: 1_795_163_855_000_123,
}

describe('a record of utmp', () => {
  it('is read in both sizes', () => {
    expect(parseUtmp(utmpRecord(record, 384), 384)).toEqual([record])
    expect(parseUtmp(utmpRecord(record, 400), 400)).toEqual([record])
  })

  it('is read from its bytes', () => {
    const bytes = new Uint8Array(384)
    bytes.set([7, 0, 0, 0, 0x67, 0x12, 0, 0])
    bytes.set(new TextEncoder().encode('pts/0'), 8)
    bytes.set(new TextEncoder().encode('ann'), 44)
    bytes.set(new TextEncoder().encode('192.0.2.7'), 76)
    bytes.set([0xcf, 0xda, 0xff, 0x6a, 0x7b, 0, 0, 0], 340)
    expect(parseUtmp(bytes, 384)).toEqual([{ ...record, time: 0x6affdacf * 1e6 + 123 }])
  })

  it('with fields filled to the last byte is read without a NUL', () => {
    const full = { ...record, line: 'l'.repeat(32), user: 'u'.repeat(32), host: 'h'.repeat(256) }
    expect(parseUtmp(utmpRecord(full, 384), 384)).toEqual([full])
  })

  it('that is incomplete at the end is left out', () => {
    const bytes = utmpRecord(record, 384)
    for (const length of [0, 1, 383]) expect(parseUtmp(bytes.subarray(0, length), 384)).toEqual([])
  })

  it('of arbitrary bytes has limited fields and a valid time', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 800, maxLength: 800 }),
        fc.constantFrom(384 as const, 400 as const),
        (bytes, size) => {
          for (const { user, line, host, time, pid } of parseUtmp(bytes, size)) {
            expect(user.length <= 32 && line.length <= 32 && host.length <= 256).toBe(true)
            expect(Number.isSafeInteger(time) && time >= 0 && pid >= 0).toBe(true)
          }
        },
      ),
    )
  })
})

it('the size of a record is determined by the size of the file, otherwise by the processor', () => {
  expect(utmpSize(384 * 3, 'arm64')).toBe(384)
  expect(utmpSize(400 * 3, 'x64')).toBe(400)
  expect(utmpSize(9600, 'x64')).toBe(384)
  expect(utmpSize(9600, 'arm64')).toBe(400)
  expect(utmpSize(0, 'x64')).toBe(384)
  expect(utmpSize(385, 'x64')).toBe(384)
})
