import { expect, test } from 'vitest'
import { constantNumbers } from '../../../src/protocols/ncs/notifications/constant-numbers.js'

test('names of constants become numbers where this constant can stand, also in dictionaries inside', () => {
  const given = {
    user_sess: {
      type: 'USER_SESS_LOCK',
      database: 'CONFD_CANDIDATE',
      uinfo: { username: 'RUNNING', proto: 'PROTO_SSH', lmode: 3 },
    },
  }
  expect(constantNumbers(given)).toEqual({
    user_sess: { type: 3, database: 1, uinfo: { username: 'RUNNING', proto: 2, lmode: 3 } },
  })
})

test('a name of another field, and one that there is not, stay as they are', () => {
  const given = { user_sess: { type: 'PROGRESS_START', database: '__proto__' }, audit: 'x' }
  expect(constantNumbers(given)).toEqual(given)
})
