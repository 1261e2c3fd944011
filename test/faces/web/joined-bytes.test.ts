import { describe, expect, it } from 'vitest'
import { JoinedBytes } from '../../../src/faces/web/joined-bytes.js'

const PIECE = Buffer.alloc(64 * 1024, 'piece')

describe('joined bytes', () => {
  it('are what was added, for any sizes of pieces and with a wrong expectation', () => {
    for (const most of [0, 5, 1000]) {
      const joined = new JoinedBytes(most)
      for (const piece of ['a', '', 'bc', 'd'.repeat(70), 'e']) joined.add(Buffer.from(piece))
      expect(joined.bytes.toString()).toBe(`abc${'d'.repeat(70)}e`)
      expect(joined).toHaveLength(74)
    }
    expect(new JoinedBytes(10).bytes).toHaveLength(0)
  })

  it('do not copy a single piece', () => {
    const joined = new JoinedBytes(1000)
    joined.add(PIECE)
    expect(joined.bytes.buffer).toBe(PIECE.buffer)
  })

  it('never copy more than a quarter at once, and take no more memory than expected', () => {
    const most = 256 * PIECE.length
    const joined = new JoinedBytes(most)
    const moved: number[] = []
    for (let memory = joined.bytes.buffer; joined.length < most; memory = joined.bytes.buffer) {
      const before = joined.length
      joined.add(PIECE)
      if (joined.bytes.buffer !== memory) moved.push(before)
    }
    expect(Math.max(...moved)).toBeLessThanOrEqual(most / 4)
    expect(moved.length).toBeLessThan(8)
    expect(joined.bytes.buffer.byteLength).toBe(most)
  })
})
