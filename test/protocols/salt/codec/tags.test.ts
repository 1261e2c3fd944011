import { expect, it } from 'vitest'
import { TAGEND, TAGS, tagify } from '../../../../src/protocols/salt/codec/tags.js'

it('tagify joins base, prefix and suffix, and omits empty parts', () => {
  expect(tagify(['a', 'b'], 'job')).toBe('salt/job/a/b')
  expect(tagify('', 'auth')).toBe('salt/auth')
  expect(tagify('x')).toBe('salt/x')
  expect(tagify(['20261120', 'ret', 7], 'job')).toBe('salt/job/20261120/ret/7')
  expect(tagify('web1', 'refresh', 'minion')).toBe('minion/refresh/web1')
  expect(tagify('x', 'constructor')).toBe('salt/constructor/x')
  expect(tagify()).toBe('salt')
})

it('the constants are those of Salt', () => {
  expect(TAGS.fileserver).toBe('fileserver')
  expect(TAGEND).toBe('\n\n')
})
