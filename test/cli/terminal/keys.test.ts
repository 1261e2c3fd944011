import { describe, expect, it } from 'vitest'
import { readKeys } from '../../../src/cli/terminal/keys.js'

describe('readKeys', () => {
  it('reads keys that arrive together', () => {
    expect(readKeys('\x1b[A\x1b[B\r q\x7f\x1b[5~\x1b[6~').map(({ name }) => name)).toEqual([
      'up',
      'down',
      'enter',
      'text',
      'text',
      'backspace',
      'pageUp',
      'pageDown',
    ])
  })

  it('reads text of any language', () => {
    expect(readKeys('a🔔')).toEqual([
      { name: 'text', text: 'a' },
      { name: 'text', text: '🔔' },
    ])
  })

  it('ignores other keys', () => {
    expect(readKeys('\x1b[15~\x1bOP\x1b[1;5Cx\x01')).toEqual([{ name: 'text', text: 'x' }])
  })

  it('distinguishes Escape from sequences that begin with it', () => {
    expect(readKeys('\x1b')).toEqual([{ name: 'escape' }])
    expect(readKeys('\x03')).toEqual([{ name: 'interrupt' }])
  })
})
