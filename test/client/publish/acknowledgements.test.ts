import { describe, expect, it } from 'vitest'
import { AcceptedCursors } from '../../../src/client/publish/acknowledgements.js'

describe('the cursors of an acknowledgement', () => {
  it('are those of the events that it covers, and of no others', () => {
    const cursors = new AcceptedCursors(10, '0epoch0000000-100', 3)
    expect([7, 8, 9, 10].map((counter) => cursors.cursorOf(counter))).toEqual([
      undefined,
      '0epoch0000000-98',
      '0epoch0000000-99',
      '0epoch0000000-100',
    ])
    expect(new AcceptedCursors(10, '0epoch0000000-100', 0).cursorOf(10)).toBe('0epoch0000000-100')
    expect(new AcceptedCursors(10, undefined, 5).cursorOf(10)).toBeUndefined()
  })
})
