import { expect, it } from 'vitest'
import { LastMessages } from '../../../src/sources/mqtt/last-messages.js'

const on = Buffer.from('on')
const off = Buffer.from('off')

it('the last message of a topic is known, also after it was stored', () => {
  const before = new LastMessages()
  before.add('a', on)
  before.add('b', on)
  before.add('b', off)
  const last = new LastMessages(before.kept())
  expect([last.has('a', on), last.has('b', off)]).toEqual([true, true])
  expect([last.has('a', off), last.has('b', on), last.has('c', on)]).toEqual([false, false, false])
})

it('topics whose messages are the oldest are forgotten, and the position stays small', () => {
  const last = new LastMessages()
  last.add('first', on)
  for (let n = 0; n < 9_998; n++) last.add(`a/${n}`, on)
  expect(last.isFull).toBe(false)
  last.add('another', on)
  expect(last.isFull).toBe(true)
  last.add('first', off)
  last.add('one more', on)
  expect([last.has('first', off), last.has('a/0', on), last.has('a/1', on)]).toEqual([true, false, true])
  expect(last.kept().length).toBeLessThan(256 * 1024)
})
