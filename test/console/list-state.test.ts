import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  isFollowing,
  isStopped,
  type ListChange,
  type ListState,
  stateAfter,
} from '../../console/pages/events/list-state.js'

const after = (...changes: ListChange[]) => changes.reduce(stateAfter, 'loading' as ListState)

it('the list is live only when all that the log has was delivered, and not while the connection is lost', () => {
  expect(after('subscribe')).toBe('catching up')
  expect(after('subscribe', 'caught up')).toBe('live')
  expect(after('subscribe', 'caught up', 'lose connection')).toBe('cut')
  expect(after('subscribe', 'caught up', 'lose connection', 'connect')).toBe('catching up')
  expect(after('subscribe', 'caught up', 'lose connection', 'connect', 'caught up')).toBe('live')
})

it('the list stays where the reader has stopped it, whatever the connection does', () => {
  const connection: ListChange[] = ['lose connection', 'connect', 'caught up', 'fail', 'hold', 'continue']
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...connection)), (changes) => {
      expect(after('subscribe', 'caught up', 'pause', ...changes)).toBe('paused')
    }),
  )
  expect(after('subscribe', 'pause', 'resume')).toBe('loading')
})

it('the list is never live without a subscription that has caught up since it was opened', () => {
  const all: ListChange[] = ['pause', 'resume', 'show past', 'fail', 'replay', 'hold', 'continue', 'open']
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...all)), (changes) => {
      expect(isFollowing(after('subscribe', 'open', ...changes))).toBe(false)
    }),
  )
})

it('a replay is held and continued, and a failure stops it', () => {
  expect(after('replay', 'hold')).toBe('held')
  expect(after('replay', 'hold', 'continue')).toBe('replaying')
  expect(isStopped(after('replay', 'fail'))).toBe(true)
  expect(after('replay', 'show past')).toBe('paused')
})

it('the list that catches up can be led to now', () => {
  expect(after('subscribe', 'resume', 'subscribe', 'caught up')).toBe('live')
})
