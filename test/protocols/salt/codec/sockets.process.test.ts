import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import {
  HASH_TYPES,
  masterSockets,
  minionHash,
  minionSockets,
} from '../../../../src/protocols/salt/codec/sockets.js'

it("a minion's sockets are named with the first ten digits of the hash of its id", () => {
  expect(minionHash('min1')).toBe('4f04f01ef6')
  expect(minionHash('foo')).toBe('2c26b46b68')
  expect(minionHash('')).toBe('e3b0c44298')
  expect(minionHash('foo', 'MD5')).toBe('acbd18db4c')
  expect(() => minionHash('foo', 'none')).toThrow('hash_type none: must be one of blake2b, ')
  expect(() => minionHash('foo', 'shake_128')).toThrow('hash_type shake_128')
})

it('the digits are those of hashlib, whose names have underscores', () => {
  const script =
    'import hashlib, sys; print(*(hashlib.new(n, b"min1").hexdigest()[:10] for n in sys.argv[1:]))'
  const digits = execFileSync('python3', ['-c', script, ...HASH_TYPES], { encoding: 'utf8' })
  expect(HASH_TYPES.map((name) => minionHash('min1', name))).toEqual(digits.trim().split(' '))
  expect(minionHash('min1', 'SHA3-256')).toBe(minionHash('min1', 'sha3_256'))
})

it('every hashlib name with a fixed digest is supported', () => {
  const script = 'import hashlib; print(*sorted(hashlib.algorithms_guaranteed))'
  const names = execFileSync('python3', ['-c', script], { encoding: 'utf8' }).trim().split(' ')
  expect(HASH_TYPES).toEqual(expect.arrayContaining(names.filter((name) => !name.startsWith('shake'))))
})

it('the sockets have the same names as in Salt', () => {
  expect(masterSockets('/run/salt')).toEqual({
    pub: '/run/salt/master_event_pub.ipc',
    pull: '/run/salt/master_event_pull.ipc',
  })
  expect(minionSockets('/run/salt', 'min1')).toEqual({
    pub: '/run/salt/minion_event_4f04f01ef6_pub.ipc',
    pull: '/run/salt/minion_event_4f04f01ef6_pull.ipc',
  })
})
