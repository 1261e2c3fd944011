import { describe, expect, it } from 'vitest'
import { catalogue, TocsinError, toTocsinError } from '../../src/event/errors.js'

describe('error', () => {
  it('has code, text of the catalogue or its own, details and cause', () => {
    const plain = new TocsinError('TCN_TAG_EMPTY')
    expect([plain.name, plain.code, plain.message, plain.details]).toEqual([
      'TocsinError',
      'TCN_TAG_EMPTY',
      'the tag is empty',
      {},
    ])
    const cause = new Error('why')
    const full = new TocsinError('TCN_LOG_FULL', 'no room', { cause, details: { file: 'x' } })
    expect([full.message, full.cause, full.details]).toEqual(['no room', cause, { file: 'x' }])
  })

  it('is known also from another copy of the package', () => {
    const brand: unique symbol = Symbol.for('tocsin.error') as never
    class Copy extends Error {
      readonly code = 'TCN_TAG_EMPTY'
      readonly [brand] = true
    }
    expect(new Copy() instanceof TocsinError).toBe(true)
    expect(TocsinError.is(new Copy(), 'TCN_TAG_EMPTY')).toBe(true)
    expect(TocsinError.is(new Copy(), 'TCN_TAG_UTF8')).toBe(false)
    for (const other of [new Error('x'), null, undefined, 'TCN_TAG_EMPTY', { code: 'TCN_TAG_EMPTY' }]) {
      expect(TocsinError.is(other)).toBe(false)
    }
  })

  it('wraps whatever was thrown', () => {
    const own = new TocsinError('TCN_TAG_EMPTY')
    expect(toTocsinError(own, 'TCN_INTERNAL')).toBe(own)
    const thrown = new Error('EIO')
    const wrapped = toTocsinError(thrown, 'TCN_LOG_WRITE')
    expect([wrapped.code, wrapped.cause]).toEqual(['TCN_LOG_WRITE', thrown])
    expect(wrapped.message).toContain('EIO')
    expect(toTocsinError('text', 'TCN_INTERNAL').message).toContain('text')
  })
})

describe('catalogue of errors', () => {
  it.each(Object.entries(catalogue))(
    '%s has a code of the form, a status and a sentence each for what and what next',
    (code, entry) => {
      expect(code).toMatch(/^TCN(_[A-Z0-9]+)+$/)
      expect(entry.status).toBeGreaterThanOrEqual(400)
      expect(entry.status).toBeLessThan(600)
      expect(entry.summary).toMatch(/^[a-z].*[^.]$/)
      expect(entry.remedy).toMatch(/^[A-Z].*\.$/)
    },
  )
})
