import { describe, expect, it } from 'vitest'
import { TocsinError, toTocsinError } from '../../src/errors/tocsin-error.js'

describe('TocsinError', () => {
  it('has a code, its own message or that of the catalogue, details and a cause', () => {
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

  it('recognises errors from another copy of the package', () => {
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

  it('wraps any thrown value', () => {
    const own = new TocsinError('TCN_TAG_EMPTY')
    expect(toTocsinError(own, 'TCN_INTERNAL')).toBe(own)
    const thrown = new Error('EIO')
    const wrapped = toTocsinError(thrown, 'TCN_LOG_WRITE')
    expect([wrapped.code, wrapped.cause]).toEqual(['TCN_LOG_WRITE', thrown])
    expect(wrapped.message).toContain('EIO')
    expect(toTocsinError('text', 'TCN_INTERNAL').message).toContain('text')
    const outOfFiles = Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE' })
    expect(toTocsinError(outOfFiles, 'TCN_INTERNAL').code).toBe('TCN_FILE_TOO_MANY')
  })
})
