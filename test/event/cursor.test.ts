import { describe, expect, it } from 'vitest'
import { TocsinError } from '../../src/errors/tocsin-error.js'
import { formatCursor, isCursor, parseCursor } from '../../src/event/cursor.js'

describe('cursor', () => {
  it('is the text of epoch and seq', () => {
    expect(formatCursor('k3j9', 42)).toBe('k3j9-42')
    expect(parseCursor('k3j9-42')).toEqual({ epoch: 'k3j9', seq: 42 })
    expect(parseCursor('k3j9-0')).toEqual({ epoch: 'k3j9', seq: 0 })
    expect(parseCursor('a-9007199254740991')).toEqual({ epoch: 'a', seq: Number.MAX_SAFE_INTEGER })
  })

  it.each([
    '',
    '-',
    'a-',
    '-1',
    'a-01',
    'a--1',
    'a-1-2',
    'A-1',
    'a-1.5',
    'a-9007199254740992',
    `${'a'.repeat(33)}-1`,
    'a-1\n',
    ' a-1',
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
