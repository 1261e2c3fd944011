import { describe, expect, it } from 'vitest'
import { TocsinError } from '../../src/errors/tocsin-error.js'
import { formatCursor, isCursor, parseCursor } from '../../src/event/cursor.js'

describe('cursor', () => {
  it('is the text of epoch and seq', () => {
    expect(formatCursor('k3j9k3j9k3j9k', 42)).toBe('k3j9k3j9k3j9k-42')
    expect(parseCursor('k3j9k3j9k3j9k-42')).toEqual({ epoch: 'k3j9k3j9k3j9k', seq: 42 })
    expect(parseCursor('k3j9k3j9k3j9k-0')).toEqual({ epoch: 'k3j9k3j9k3j9k', seq: 0 })
    expect(parseCursor('abcdefghijk23-9007199254740991')).toEqual({
      epoch: 'abcdefghijk23',
      seq: Number.MAX_SAFE_INTEGER,
    })
  })

  it.each([
    '',
    '-',
    'abcdefghijk23-',
    '-1',
    'abcdefghijk23-01',
    'abcdefghijk23--1',
    'abcdefghijk23-1-2',
    'ABCDEFGHIJK23-1',
    'abcdefghijk23-1.5',
    'abcdefghijk23-9007199254740992',
    'abcdefghijk23-1\n',
    ' abcdefghijk23-1',
    'abcdefghijk2-1',
    'abcdefghijk234-1',
    'end-1',
  ])('is not %j', (text) => {
    expect(isCursor(text)).toBe(false)
    let thrown: unknown
    try {
      parseCursor(text)
    } catch (error) {
      thrown = error
    }
    expect(TocsinError.is(thrown, 'TCN_CURSOR_INVALID')).toBe(true)
  })
})
