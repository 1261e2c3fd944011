import { expect, it } from 'vitest'
import { BoundedText } from '../../../../src/jobs/bounded-text.js'
import type { DispatcherEvent } from '../../../../src/protocols/sysadm/client/events.js'
import { JobOutput } from '../../../../src/protocols/sysadm/client/job-output.js'

const event = (
  state: string,
  output: Record<string, string>,
  { job = 'j', cursor, codes = {} }: { job?: string; cursor?: string; codes?: Record<string, number> } = {},
): DispatcherEvent => ({
  class: 'dispatcher',
  job,
  state,
  commands: ['a', 'b'],
  output,
  returnCodes: codes,
  args: {},
  ...(cursor === undefined ? {} : { cursor }),
})

function textOf(events: readonly DispatcherEvent[]): string {
  const output = new JobOutput()
  return events.flatMap((each) => output.take(each).map(({ command, text }) => `${command}:${text}`)).join('')
}

function boundedTo(limit: number, text: string): string {
  const bounded = new BoundedText(limit)
  bounded.append(text)
  return bounded.text
}

it('is all in the last event of a job that reports nothing before', () => {
  expect(textOf([event('running', {}), event('finished', { a: '1\n', b: '2\n' })])).toBe('a:1\nb:2\n')
})

it('that was reported while the job ran is not given again at its end', () => {
  const events = [
    event('running', { a: '1\n' }),
    event('running', { a: '2\n' }),
    event('finished', { a: '1\n2\n3\n', b: '4\n' }),
  ]
  expect(textOf(events)).toBe('a:1\na:2\na:3\nb:4\n')
})

it('of a command that has ended is not given again with that of the next one', () => {
  const codes = { a: 0 }
  const events = [
    event('running', { a: '1\n' }),
    event('running', { a: '1\n2\n' }, { codes }),
    event('running', { a: '1\n2\n', b: '3\n' }, { codes }),
    event('running', { a: '1\n2\n', b: '4\n' }, { codes }),
    event('finished', { a: '1\n2\n', b: '3\n4\n' }, { codes }),
  ]
  expect(textOf(events)).toBe('a:1\na:2\nb:3\nb:4\n')
})

it('that a genuine server repeats at the beginning of the next command is given once', () => {
  const events = [
    event('running', { a: 'one\n' }),
    event('running', { b: 'one\ntwo\n' }),
    event('finished', { a: 'one\n', b: 'two\nthree\n' }),
  ]
  expect(textOf(events)).toBe('a:one\nb:two\nb:three\n')
})

it('that two commands have printed alike is given twice', () => {
  const genuine = [
    event('running', { a: 'one\n' }),
    event('running', { b: 'one\n' }),
    event('finished', { a: 'one\n', b: 'one\n' }),
  ]
  expect(textOf(genuine)).toBe('a:one\nb:one\n')
  const ofHub = [
    event('running', { a: 'one\n' }, { cursor: '1' }),
    event('running', { b: 'one\n' }, { cursor: '2' }),
  ]
  expect(textOf(ofHub)).toBe('a:one\nb:one\n')
})

it('continues after what was given where the server has dropped the middle of the whole', () => {
  const events = [event('running', { a: 'abcdefgh' }), event('finished', { a: 'abc[…]fgh, ij' })]
  expect(textOf(events)).toBe('a:abcdefgha:abc[…]fgh, ij')
  const end = 'x'.repeat(2000)
  const found = [event('running', { a: `begin${end}` }), event('finished', { a: `be[…]${end}, rest` })]
  expect(textOf(found)).toBe(`a:begin${end}a:, rest`)
})

it('of a command that runs again is given once', () => {
  const codes = { a: 0 }
  const events = [
    event('running', { a: '1\n' }),
    event('running', { a: '1\n' }, { codes }),
    event('running', { a: '2\n' }),
    event('running', { a: '1\n2\n3\n' }, { codes }),
    event('finished', { a: '1\n2\n3\n' }, { codes }),
  ]
  expect(textOf(events)).toBe('a:1\na:2\na:3\n')
})

it('is given once where a hub keeps little of the whole', () => {
  const lines = Array.from({ length: 1000 }, (_, index) => `${index}\n`).join('')
  const given = event('running', { a: lines.slice(0, 3000) })
  const rest = event('running', { a: lines.slice(3000) })
  const end = event('finished', { a: boundedTo(1024, lines) })
  expect(textOf([given, rest, end])).toBe(`a:${lines.slice(0, 3000)}a:${lines.slice(3000)}`)
  expect(textOf([given, end])).toBe(`a:${lines.slice(0, 3000)}a:${lines.slice(-512)}`)
})

it('of equal lines is not given again where a hub keeps little of the whole', () => {
  const alike = 'y\n'.repeat(400)
  const whole = boundedTo(600, alike)
  expect(textOf([event('running', { a: alike.slice(0, 500) }), event('finished', { a: whole })])).toBe(
    `a:${alike.slice(0, 500)}`,
  )
})

it('of several jobs is kept apart', () => {
  const events = [
    event('running', { a: '1' }, { job: 'x' }),
    event('finished', { a: '1' }, { job: 'y' }),
    event('finished', { a: '12' }, { job: 'x' }),
  ]
  expect(textOf(events)).toBe('a:1a:1a:2')
})
