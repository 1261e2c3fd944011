import { describe, expect, it, vi } from 'vitest'
import { encode } from '../../../src/event/msgpack/encoder.js'

describe('decoding without generated code', () => {
  it('gives the same values', async () => {
    vi.resetModules()
    vi.stubGlobal(
      'Function',
      class {
        constructor() {
          throw new EvalError('forbidden')
        }
      },
    )
    const { decode } = await import('../../../src/event/msgpack/decoder.js')
    const value = { id: 'web1', fun: 'test.ping', list: [{ a: 'é' }, { a: '' }], text: 'x'.repeat(60) }
    for (let round = 0; round < 40; round++) expect(decode(encode(value))).toEqual(value)
    vi.unstubAllGlobals()
  })
})
