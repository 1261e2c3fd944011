import { expect, it } from 'vitest'
import { serverUrl } from '../../src/sinks/http/config.js'

it.each(['localhost', 'http://[::1', 'https://user:secret@example.com/'])('%s has one fault', (text) => {
  expect(serverUrl().safeParse(text).error?.issues).toHaveLength(1)
})

it('a URL with http or https is accepted', () => {
  expect(serverUrl().parse('https://example.com:8443/hook?a=1')).toBe('https://example.com:8443/hook?a=1')
})
