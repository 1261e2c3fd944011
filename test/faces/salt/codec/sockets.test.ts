import { expect, it } from 'vitest'
import { masterSockets, minionHash, minionSockets } from '../../../../src/faces/salt/codec/sockets.js'

it('a minion is named by the first ten digits of the hash of its id', () => {
  expect(minionHash('min1')).toBe('4f04f01ef6')
  expect(minionHash('foo')).toBe('2c26b46b68')
  expect(minionHash('')).toBe('e3b0c44298')
  expect(minionHash('foo', 'MD5')).toBe('acbd18db4c')
  expect(() => minionHash('foo', 'none')).toThrow()
})

it('the sockets have the names of Salt', () => {
  expect(masterSockets('/run/salt')).toEqual({
    pub: '/run/salt/master_event_pub.ipc',
    pull: '/run/salt/master_event_pull.ipc',
  })
  expect(minionSockets('/run/salt', 'min1')).toEqual({
    pub: '/run/salt/minion_event_4f04f01ef6_pub.ipc',
    pull: '/run/salt/minion_event_4f04f01ef6_pull.ipc',
  })
})
