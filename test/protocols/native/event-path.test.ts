import { expect, it } from 'vitest'
import { pathOnward } from '../../../src/protocols/native/event-path.js'

it('an event is forwarded to a log where it has not been, with the path of earlier logs', () => {
  expect(pathOnward(undefined, 'a', 'b')).toBe('a')
  expect(pathOnward('a', 'b', 'c')).toBe('a.b')
  expect(pathOnward('a', 'b', undefined)).toBe('a.b')
})

it('is never sent back to a log where it has been', () => {
  expect(pathOnward('a', 'b', 'a')).toBeUndefined()
  expect(pathOnward('a.b', 'a', undefined)).toBeUndefined()
  expect(pathOnward(undefined, 'a', 'a')).toBeUndefined()
  expect(pathOnward(Array.from({ length: 16 }, (_, n) => `e${n}`).join('.'), 'a', 'b')).toBeUndefined()
})
