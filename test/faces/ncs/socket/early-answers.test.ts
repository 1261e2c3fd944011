import { expect, test } from 'vitest'
import { NotificationSession } from '../../../../src/faces/ncs/socket/session.js'
import * as C from '../../../../src/protocols/ncs/constants/events.js'
import { maskOf } from '../../../../src/protocols/ncs/constants/mask.js'
import { FakeRuntime } from '../../../helpers/fake-runtime.js'

/** A session of a subscriber of AUDIT_SYNC, and what it has answered. */
async function openSession() {
  const runtime = new FakeRuntime()
  const answered: [name: string, seq: number][] = []
  const api = { close: () => undefined, drained: () => undefined }
  const gateDone = (name: string, seq: number) => void answered.push([name, seq])
  const bus = { gateDeadline: 1000, subscribe: async () => ({ ...api, gateDone }) }
  const wheel = { every: () => () => undefined }
  const host = { bus, runtime, wheel, now: () => runtime.monotonic() }
  const connection = { pending: 0, send: () => undefined, write: () => undefined }
  const request = { mask: maskOf(C.NOTIF_AUDIT, C.NOTIF_AUDIT_SYNC), verbosity: 0 }
  const caller = { principal: { name: 'admin', source: '' }, label: 'l', peer: {}, welcome: {} }
  const session = new NotificationSession(host as never, connection as never, caller as never, request)
  session.open()
  await runtime.settle()
  const answer = (name: string, seq: number) =>
    session.take({ name: 'gateDone', body: { name, seq, answer: null } } as never)
  const opened = async (seq: number) => {
    session.status({ type: 'gate', name: 'ncs/audit', seq, deadline: 1000 })
    await runtime.settle()
  }
  return { answered, answer, opened }
}

test('an answer that comes before its gate is open counts when it is', async () => {
  const { answered, answer, opened } = await openSession()
  answer('ncs/audit', 7)
  expect(answered).toEqual([])
  await opened(6)
  expect(answered).toEqual([])
  await opened(7)
  expect(answered).toEqual([['ncs/audit', 7]])
  answer('ncs/audit', 6)
  answer('ncs/audit', 6)
  expect(answered).toEqual([
    ['ncs/audit', 7],
    ['ncs/audit', 6],
  ])
})

test('answers to other gates are not kept, and of too many early ones the oldest are forgotten', async () => {
  const { answered, answer, opened } = await openSession()
  answer('ncs/commit', 1)
  for (let seq = 1; seq <= 1001; seq++) answer('ncs/audit', seq)
  await opened(1)
  await opened(1001)
  expect(answered).toEqual([['ncs/audit', 1001]])
})
