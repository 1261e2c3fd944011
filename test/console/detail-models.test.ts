import { describe, expect, it } from 'vitest'
import { associationSteps } from '../../console/pages/events/detail/association-model.js'
import { jidOf, jobTimes } from '../../console/pages/events/detail/job-model.js'
import { jobOutput } from '../../console/pages/events/detail/output-model.js'
import { spansOf, traceIdOf } from '../../console/pages/events/detail/trace-model.js'
import { viewQuery } from '../../console/pages/events/views/view-query.js'
import { foldTag, visible, visibleLines, visibleTag } from '../../console/text/visible.js'
import { type Attributes, Event, encode, encodeAttributes, encodeFrame } from '../../src/event/index.js'

const SECOND = 1_000_000
const TRACE = 'a'.repeat(32)

function eventOf(tag: string, data: unknown, seconds = 0, attributes: Attributes = {}): Event {
  const body = encode(data)
  const given = Object.keys(attributes).length === 0 ? {} : { attributes: encodeAttributes(attributes) }
  return new Event(
    encodeFrame({ tag, body, source: 'host/a', time: 1.7e15 + seconds * SECOND, seq: seconds + 1, ...given }),
  )
}

describe('a job of Salt', () => {
  it('is who has answered, when, and who has not yet', () => {
    const job = jobTimes([
      eventOf('salt/job/1/new', { fun: 'state.apply', minions: ['a', 'b', 'c'] }, 1),
      eventOf('salt/job/1/prog/b/0', { id: 'b', data: {} }, 2),
      eventOf('salt/job/1/ret/b', { id: 'b', retcode: 2 }, 3),
      eventOf('salt/job/1/ret/a', { id: 'a', retcode: 0, success: true }, 5),
    ])
    expect(job).toMatchObject({ fun: 'state.apply', expected: 3, started: 1.7e15 + SECOND })
    expect(
      job.answers.map(({ id, at, failed, steps }) => [
        id,
        at && (at - 1.7e15) / SECOND,
        failed,
        steps.length,
      ]),
    ).toEqual([
      ['b', 3, true, 1],
      ['a', 5, false, 0],
      ['c', undefined, false, 0],
    ])
    expect(jidOf('salt/job/1/ret/a')).toBe('1')
    expect(jidOf('salt/auth')).toBeUndefined()
  })

  it('keeps a limited number of minions', () => {
    const minions = Array.from({ length: 5000 }, (_, n) => `m${n}`)
    expect(jobTimes([eventOf('salt/job/1/new', { minions })]).answers.length).toBe(2000)
  })
})

describe('a trace', () => {
  const span = (id: string, type: number, seconds: number, more: object = {}) =>
    eventOf('ncs/progress/x', {
      trace_id: TRACE,
      span_id: id.repeat(16),
      type,
      timestamp: 1.7e15 + seconds * SECOND,
      ...more,
    })
  const parent = (id: string) => ({ parent_span_id: id.repeat(16) })

  it('is a tree of spans by the time when they began, with events that belong to them', () => {
    const spans = spansOf([
      span('1', 1, 0, { msg: 'whole' }),
      span('3', 2, 9, { msg: 'second', duration: 2 * SECOND, ...parent('1') }),
      span('2', 2, 4, { msg: 'first', duration: 3 * SECOND, annotation: 'bad', ...parent('1') }),
      eventOf('a/b', {}, 3, { traceparent: `00-${TRACE}-${'2'.repeat(16)}-01` }),
    ])
    expect(spans.map(({ name, depth, failed, to }) => [name, depth, failed, to === undefined])).toEqual([
      ['whole', 0, false, true],
      ['first', 1, true, false],
      ['a/b', 2, false, false],
      ['second', 1, false, false],
    ])
  })

  it('shows spans that say they are parts of each other once', () => {
    const spans = spansOf([
      span('1', 2, 1, parent('2')),
      span('2', 2, 2, parent('1')),
      span('3', 2, 3, parent('3')),
    ])
    expect(spans.map(({ id }) => id[0]).sort()).toEqual(['1', '2', '3'])
  })

  it('is named by its progress, or by the attribute of an event', () => {
    expect(traceIdOf(span('1', 1, 0))).toBe(TRACE)
    expect(traceIdOf(eventOf('a', { trace_id: TRACE }))).toBeUndefined()
    expect(traceIdOf(eventOf('a', {}, 0, { traceparent: 'nonsense' }))).toBeUndefined()
  })
})

describe('an association', () => {
  it('goes from state to state, with what else was reported', () => {
    const notice = (names: object, seconds: number) =>
      eventOf('sctp/a/1/x', { association: 1, names }, seconds)
    const { steps, marks } = associationSteps([
      notice({ sn_type: 'SCTP_ASSOC_CHANGE', sac_state: 'SCTP_COMM_UP' }, 0),
      notice({ sn_type: 'SCTP_PEER_ADDR_CHANGE', spc_state: 'SCTP_ADDR_UNREACHABLE' }, 1),
      notice({ sn_type: 'SCTP_SENDER_DRY_EVENT' }, 2),
      notice({ sn_type: 'SCTP_SHUTDOWN_EVENT' }, 3),
      notice({ sn_type: 'SCTP_ASSOC_CHANGE', sac_state: 'SCTP_SHUTDOWN_COMP' }, 4),
      eventOf('sctp/a/1/x', null, 5),
    ])
    expect(steps.map(({ lane }) => lane)).toEqual(['up', 'closing', 'down'])
    expect(marks.map(({ isBad }) => isBad)).toEqual([true, false])
  })
})

describe('the output of a job', () => {
  const running = { process_id: 'j', state: 'running', cmd_list: ['ls', 'state'] }

  it('is put together from its parts, and is replaced by all of it at the end', () => {
    const parts = [
      eventOf('sysadm/dispatcher/j', { ...running, ls: 'one\n' }),
      eventOf('sysadm/dispatcher/j', { event_system: 'x', process_details: { ...running, ls: 'two\n' } }),
    ]
    expect(jobOutput(parts)).toMatchObject({
      state: 'running',
      commands: [
        { command: 'ls', text: 'one\ntwo\n' },
        { command: 'state', text: '' },
      ],
    })
    const end = { ...running, state: 'finished', ls: 'all\n', 'return_codes/ls': '3' }
    expect(jobOutput([...parts, eventOf('sysadm/dispatcher/j', end)])).toMatchObject({
      state: 'finished',
      commands: [{ command: 'ls', text: 'all\n', code: '3' }, { command: 'state' }],
    })
  })

  it('goes on with that of a command that runs again, which has no code meanwhile', () => {
    const parts = [
      { ...running, ls: 'one\n', 'return_codes/ls': '0' },
      { ...running, ls: 'two\n' },
    ].map((data) => eventOf('sysadm/dispatcher/j', data))
    expect(jobOutput(parts).commands[0]).toEqual({ command: 'ls', text: 'one\ntwo\n', code: undefined })
  })

  it('keeps the end of what is long', () => {
    const { commands, isCut } = jobOutput([
      eventOf('sysadm/dispatcher/j', { ...running, ls: `begin${'x'.repeat(300_000)}end` }),
    ])
    expect(isCut).toBe(true)
    expect(commands[0].text).toMatch(/^x+end$/)
  })
})

it('a view is kept without the place of its reader', () => {
  expect(viewQuery(new URLSearchParams('filter=a&event=x-1&at=x-2&range=6h'))).toBe('filter=a&range=6h')
})

it('text with lines keeps them and its tabs, and shows all else that is hidden', () => {
  expect(visibleLines('a\tb\nc\u202e\r')).toBe('a\tb\nc\\u{202e}\\u{d}')
})

it('text in any script is whole, and what hides or turns text stays visible', () => {
  const whole = [
    '\u26a0\ufe0f disk full',
    '\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645',
    '\u0915\u094d\u200d\u0937',
    '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}',
    '\u{1f469}\u{1f3fd}\u200d\u{1f680}',
    '1\ufe0f\u20e3',
  ]
  for (const text of whole) expect(visible(text)).toBe(text)
  expect(visible('a\u200db')).toBe('a\\u{200d}b')
  expect(visible('a\ufe0f')).toBe('a\\u{fe0f}')
  expect(visible('\u26a0\ufe0f\ufe0f')).toBe('\u26a0\ufe0f\\u{fe0f}')
  expect(visible('\u202eevil\u2066')).toBe('\\u{202e}evil\\u{2066}')
})

it('each segment of a tag stands for itself, in whatever direction it is written', () => {
  expect(visibleTag('app/x')).toBe('app/x')
  expect(visibleTag('app/\u05d0\u05d1/\u05d2')).toBe(
    '\u2068app\u2069/\u2068\u05d0\u05d1\u2069/\u2068\u05d2\u2069',
  )
})

describe('a tag that is too long for its column', () => {
  it('keeps what names a host', () => {
    const tag = 'host/web08.ams.example/systemd/redis-server@main.service/failed'
    expect(foldTag(tag, 30)).toBe('host/web08.ams.example/…/failed')
    expect(foldTag('syslog/net/web08.ams.example/a-long-program-name', 30, ['web08.ams.example'])).toContain(
      'web08.ams.example',
    )
  })

  it('loses its longest segments in the middle', () => {
    expect(foldTag('salt/job/20261122140102123456/ret/web1', 30)).toBe('salt/job/…/ret/web1')
    expect(foldTag('a/bb/ccc/d', 8)).toBe('a/bb/…/d')
    expect(foldTag('short/tag', 9)).toBe('short/tag')
  })

  it('may have as many segments as the buses of Salt carry', () => {
    expect(foldTag(`${'a/'.repeat(32_000)}end`, 30)).toBe('a/…/end')
  })
})
