import { expect, it } from 'vitest'
import { type SessionInfo, Sessions } from '../../src/access/sessions.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'

it('every session has a number of its own, whether or not somebody observes', () => {
  const sessions = new Sessions(new FakeRuntime())
  const first = sessions.begin('ann', 'native', 'unix:/s')
  expect(sessions.find(first)).toBeUndefined()
  const told: [string, SessionInfo][] = []
  const forget = sessions.observe({
    began: (session) => void told.push(['began', session]),
    ended: (session) => void told.push(['ended', session]),
  })
  const second = sessions.begin('ann', 'native', 'unix:/s')
  expect(second).toBeGreaterThan(first)
  expect(sessions.find(second)).toMatchObject({ user: 'ann', context: 'native', from: 'unix:/s' })
  sessions.end(first)
  sessions.end(second)
  sessions.end(second)
  expect(told.map(([what, { usid }]) => [what, usid])).toEqual([
    ['began', second],
    ['ended', second],
  ])
  sessions.begin('bob', 'native', 'unix:/s')
  forget()
  expect(sessions.find(second + 1)).toBeUndefined()
})

it('single requests have one number for each user and place, which is forgotten after a thousand others', () => {
  const sessions = new Sessions(new FakeRuntime())
  const ann = sessions.ofRequests('ann', 'http', '192.0.2.7')
  expect(sessions.ofRequests('ann', 'http', '192.0.2.7')).toBe(ann)
  expect(sessions.ofRequests('ann', 'http', '192.0.2.8')).not.toBe(ann)
  expect(sessions.find(ann)).toMatchObject({ user: 'ann', from: 'http 192.0.2.7' })
  const usids = new Set(Array.from({ length: 1000 }, (_, n) => sessions.ofRequests(`u${n}`, 'http', '::1')))
  expect(usids.size).toBe(1000)
  expect(sessions.find(ann)).toBeUndefined()
  expect(sessions.ofRequests('ann', 'http', '192.0.2.7')).not.toBe(ann)
})
