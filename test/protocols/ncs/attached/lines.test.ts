import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  answeredLine,
  awaitedAnswer,
  readAttachedLine,
  settingsLine,
  unreadable,
} from '../../../../src/protocols/ncs/attached/lines.js'

it.each([
  { notification: { type: 1, audit: {} }, at: 1_769_839_200_000_000, answer: 7 },
  { notification: { type: 1 }, at: 0 },
  { stream: 'NETCONF', xml: '<a/>' },
  { stream: 'NETCONF', over: 'replay', at: 1 },
  { stream: 'NETCONF', over: 'failed', at: 1, reason: 'no replay' },
  { alive: true, at: 1 },
  { unreadable: 'KeyError' },
  { connected: { unknown: ['SYSTEM_GOING_DOWN'] }, at: 1 },
  { failed: 'gone' },
])('a line of the program is read as it is: %j', (line) => {
  expect(readAttachedLine(line)).toEqual(line)
})

it.each([
  undefined,
  null,
  [],
  'alive',
  {},
  { alive: false, at: 1 },
  { alive: true },
  { alive: true, at: -1 },
  { alive: true, at: 1, answer: 1 },
  { notification: {} },
  { notification: [], at: 1 },
  { notification: {}, at: 1, answer: 0 },
  { notification: {}, at: 1, answer: '1' },
  { stream: 'NETCONF' },
  { stream: '', xml: '' },
  { stream: 'x'.repeat(257), xml: '' },
  { stream: 'NETCONF', over: 'soon', at: 1 },
  { stream: 'NETCONF', over: 'replay' },
  { connected: { unknown: [] } },
  { unreadable: 'x'.repeat(1001) },
  { connected: { unknown: new Array(65).fill('A') }, at: 1 },
])('a line that makes no sense becomes one that says so: %j', (line) => {
  expect(readAttachedLine(line)).toEqual({ unreadable: expect.stringContaining('makes no sense') })
})

it('no value is an exception', () => {
  fc.assert(fc.property(fc.anything(), (value) => typeof readAttachedLine(value) === 'object'))
})

it('a reason is cut where a line would be too long', () => {
  expect(unreadable(new Error('x'.repeat(5000)))).toEqual({ unreadable: 'x'.repeat(1000) })
})

it('the number of an answer is found at the beginning of a line, and nowhere else', () => {
  const found = [
    '{"answer":7,"notification":{',
    '{"answer":123456789012345,',
    '{"answer":1234567890123456,',
    '{"answer":-7,',
    '{"answer":"7",',
    '{"notification":{"answer":7,',
    ' {"answer":7,',
    '',
  ].map((line) => awaitedAnswer(Buffer.from(line)))
  expect(found).toEqual([7, 123_456_789_012_345, ...new Array(6).fill(undefined)])
})

it('settings and answers are one line each', () => {
  const settings = { module: '_ncs', port: 4569, mask: ['AUDIT'], verbosity: 0, streams: [{ name: 'a\nb' }] }
  expect(settingsLine(settings)).toMatch(/^[^\n]*\n$/)
  expect(JSON.parse(settingsLine(settings))).toEqual(settings)
  expect(answeredLine(7)).toBe('{"answered":7}\n')
})
