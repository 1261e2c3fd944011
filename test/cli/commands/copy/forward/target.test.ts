import { expect, it } from 'vitest'
import { PATH_ATTRIBUTE, pathOnward } from '../../../../../src/cli/commands/copy/forward/target.js'
import { encodeAttributes } from '../../../../../src/event/attributes.js'
import { Event } from '../../../../../src/event/event.js'
import { encodeFrame } from '../../../../../src/event/frame.js'
import { encode } from '../../../../../src/event/msgpack/encoder.js'

const event = (path?: string) => {
  const attributes = encodeAttributes(path === undefined ? undefined : { [PATH_ATTRIBUTE]: path })
  return new Event(encodeFrame({ seq: 1, time: 1, tag: 't', source: '', attributes, body: encode(null) }))
}

it('an event is forwarded to a log where it has not been, with the path of earlier logs', () => {
  expect(pathOnward(event(), 'a', 'b')).toBe('a')
  expect(pathOnward(event('a'), 'b', 'c')).toBe('a.b')
  expect(pathOnward(event('a'), 'b', undefined)).toBe('a.b')
})

it('is never sent back to a log where it has been', () => {
  expect(pathOnward(event('a'), 'b', 'a')).toBeUndefined()
  expect(pathOnward(event('a.b'), 'a', undefined)).toBeUndefined()
  expect(pathOnward(event(), 'a', 'a')).toBeUndefined()
  expect(pathOnward(event(Array.from({ length: 16 }, (_, n) => `e${n}`).join('.')), 'a', 'b')).toBeUndefined()
})
