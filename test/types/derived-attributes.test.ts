import { expect, test } from 'vitest'
import { Fleet } from '../../src/cli/commands/demo/fleet.js'
import { demoTypes } from '../../src/cli/commands/demo/types.js'
import { severityNames } from '../../src/event/severity.js'
import { compileFilter, explainEvent, parseFilter } from '../../src/filter/index.js'
import { LongBody } from '../../src/filter/long-bodies.js'
import { eventTypes } from '../../src/hub/event-types.js'
import { derivedAttributes } from '../../src/types/derived-attributes.js'
import { hubTypes, severityOf, TypeRegistry } from '../../src/types/index.js'
import { frameAt, type TestEvent } from '../filter/frames.js'

const types = new TypeRegistry(hubTypes, ...eventTypes, demoTypes)
const derived = derivedAttributes(types)

function read(event: Partial<TestEvent>) {
  const { bytes, at } = frameAt({ tag: 'any/tag', source: 'somebody', ...event })
  return { severity: derived.severity(bytes, at), host: derived.host(bytes, at) }
}

test('attributes are read in steps from a long body', () => {
  const keys = Array.from({ length: 50_000 }, (_, nth) => [`key${nth}`, nth])
  const data = { ...Object.fromEntries(keys), retcode: 2, host: 'web7' }
  const { bytes, at } = frameAt({ tag: 'any/tag', source: 'somebody', data })
  const body = new LongBody(bytes, at)
  const found: unknown[] = []
  const all = () => {
    found.splice(0, 2, derived.severity(bytes, at), derived.host(bytes, at))
  }
  let steps = 0
  while (!body.look(all)) steps++
  expect(found).toEqual(['err', 'web7'])
  expect(found).toEqual(Object.values(read({ data })))
  expect(steps).toBeGreaterThan(10)
})

test('data of very many values is not made to see whether a job has failed', () => {
  const finished = (data: object) =>
    read({
      tag: 'host/web1/sysadm/dispatcher/job',
      data: { state: 'finished', cmd_list: ['false'], 'return_codes/false': '1', ...data },
    }).severity
  const keys = Array.from({ length: 10_000 }, (_, nth) => [`key${nth}`, nth])
  expect(finished({})).toBe('err')
  expect(finished(Object.fromEntries(keys))).toBe('info')
  expect(finished({ false: 'x'.repeat(2_000_000) })).toBe('info')
})

test.each<[what: string, event: Partial<TestEvent>, severity: string | undefined, host: string | undefined]>([
  ['a line of a file', { tag: 'host/web1/files/app/line', data: { severity: 'err' } }, 'err', 'web1'],
  [
    'an entry of the journal of another host',
    { tag: 'host/web1/journal/system/sshd.service', data: { severity: 'notice', host: 'web2' } },
    'notice',
    'web2',
  ],
  [
    'a login from elsewhere',
    { tag: 'host/web1/system/login/ada/pts-1', data: { host: '192.0.2.1' } },
    undefined,
    'web1',
  ],
  ['a full disk', { tag: 'host/web1/system/disk/%2F', data: { level: 2 } }, 'err', 'web1'],
  ['a disk with room', { tag: 'host/web1/system/disk/%2F', data: { level: 0 } }, 'info', 'web1'],
  ['syslog', { tag: 'syslog/net/-/sshd', data: { severity: 'crit', host: 'sw1' } }, 'crit', 'sw1'],
  [
    'syslog without a host',
    { tag: 'syslog/net/192.0.2.7/-', data: { severity: 'info' } },
    'info',
    '192.0.2.7',
  ],
  ['a trap', { tag: 'snmp/net/192.0.2.11/linkDown', data: {} }, undefined, '192.0.2.11'],
  [
    'a return of Salt',
    { tag: 'salt/job/1/ret/web1', data: { id: 'web1', success: true, retcode: 0 } },
    'info',
    'web1',
  ],
  [
    'a failed return',
    { tag: 'salt/job/1/ret/web1', data: { id: 'web1', success: true, retcode: 2 } },
    'err',
    'web1',
  ],
  ['a refused job of Salt', { tag: 'salt/job/1/error', data: {} }, 'err', undefined],
  ['a new job of Salt', { tag: 'salt/job/1/new', data: { jid: '1' } }, undefined, undefined],
  [
    'a lost association',
    { tag: 'sctp/core/1/assoc_change', data: { names: { sac_state: 'SCTP_COMM_LOST' } } },
    'err',
    undefined,
  ],
  [
    'an address that cannot be reached',
    { tag: 'sctp/core/1/peer_addr_change', data: { names: { spc_state: 'SCTP_ADDR_UNREACHABLE' } } },
    'warning',
    undefined,
  ],
  ['data that were not sent', { tag: 'sctp/core/1/send_failed', data: {} }, 'warning', undefined],
  [
    'a snapshot',
    { tag: 'host/nas/sysadm/life-preserver/snapshot', data: { priority: '1 - Information' } },
    'info',
    'nas',
  ],
  [
    'a pool',
    { tag: 'sysadm/system-state', data: { hostname: 'nas', priority: '9 - Urgent' } },
    'alert',
    'nas',
  ],
  ['an odd priority', { tag: 'sysadm/system-state', data: { priority: '77777 - x' } }, undefined, undefined],
  ['a job that runs', { tag: 'host/nas/sysadm/dispatcher/1', data: { state: 'running' } }, 'info', 'nas'],
  [
    'a job that failed',
    {
      tag: 'host/nas/sysadm/dispatcher/1',
      data: { state: 'finished', cmd_list: ['x'], 'return_codes/x': '3' },
    },
    'err',
    'nas',
  ],
  ['a message of NSO', { tag: 'ncs/daemon', data: { prio: 8 * 3 + 4 } }, 'warning', undefined],
  ['a device of NSO', { tag: 'ncs/audit_network', data: { device: 'pe1' } }, undefined, 'pe1'],
  ['a gap of this hub', { tag: 'hub/gap/files', source: 'hub/core1', data: {} }, 'warning', 'core1'],
  [
    'a source that is down',
    { tag: 'hub/source/files', source: 'hub/core1', data: { state: 'down' } },
    'err',
    'core1',
  ],
  [
    'an alert',
    { tag: 'alert/disk/firing', data: { severity: 'critical', labels: { host: 'web1' } } },
    'crit',
    'web1',
  ],
  [
    'the end of an alert',
    { tag: 'alert/disk/resolved', data: { severity: 'critical', labels: {} } },
    'notice',
    undefined,
  ],
  ['a span', { tag: 'otlp/apps/span/shop', data: { severity: 'err', host: 'web1' } }, 'err', 'web1'],
  ['an event of a program', { source: 'host/web1', data: { level: 'WARN' } }, 'warning', 'web1'],
  ['a line of a logger', { source: 'host/web1/app', data: { level: 50 } }, 'err', 'web1'],
  ['what says nothing', { data: { a: 1 } }, undefined, undefined],
  ['a list', { data: [1, 2] }, undefined, undefined],
  ['a text', { data: 'x' }, undefined, undefined],
  ['what carries both', { tag: 'host/web1/x', attributes: { severity: 'ERROR', host: 'db1' } }, 'err', 'db1'],
  [
    'what carries no severity',
    { data: { severity: 'debug' }, attributes: { severity: 'odd' } },
    'debug',
    undefined,
  ],
  ['a type that it carries', { data: {}, attributes: { type: 'salt.job.error' } }, 'err', undefined],
  ['a long text', { data: { host: 'x'.repeat(300) } }, undefined, undefined],
])('%s has a severity and a host by the rule of its type', (_, event, severity, host) => {
  expect(read(event)).toEqual({ severity, host })
})

test('what is coloured as an error is at least one, in every event of the demo', () => {
  const fleet = new Fleet(1, 20)
  const errors = Array.from({ length: 5000 }, () => fleet.next()).filter(
    ({ data }) => severityOf(data) === 'error',
  )
  expect(errors.length).toBeGreaterThan(100)
  const milder = errors.filter((event) => {
    const { severity } = read({ ...event, source: 'host/vm' })
    return severity === undefined || severityNames.indexOf(severity as 'err') > severityNames.indexOf('err')
  })
  expect(milder).toEqual([])
})

test('filters of every dialect know both', () => {
  const { bytes, at } = frameAt({ tag: 'host/web1/system/disk/%2F', source: 'x', data: { level: 1 } })
  const matches = (filter: object) =>
    compileFilter(parseFilter(filter as never), { typeOf: types.typeOf, derived }).matches(bytes, at)
  expect(matches({ sql: "severity >= 'warning' AND host = 'web1'" })).toBe(true)
  expect(matches({ sql: "severity >= 'error'" })).toBe(false)
  expect(matches({ sql: 'EXISTS severity AND EXISTS host' })).toBe(true)
  expect(matches({ sql: "host LIKE 'web%'" })).toBe(true)
  expect(matches({ exact: { severity: 'warn' } })).toBe(true)
  expect(matches({ glob: { host: 'w*1' } })).toBe(true)
  expect(matches({ not: { exact: { host: 'web1' } } })).toBe(false)
})

test.each<[event: Partial<TestEvent>, severity: string | undefined, host: string | undefined]>([
  [
    { tag: 'host/web1/files/app/line', data: { severity: 'err' } },
    'from data.severity, by the rule of the type host.file.line',
    'from tag.1, by the rule of the type host.file.line',
  ],
  [{ data: { success: false } }, 'from data.success', undefined],
  [{ data: { success: true, retcode: 2 } }, 'from data.retcode', undefined],
  [{ tag: 'salt/job/1/error', data: {} }, 'by the rule of the type salt.job.error', undefined],
  [{ source: 'host/app1', data: {} }, undefined, 'from source'],
  [
    { data: { severity: 'err' }, attributes: { severity: 'warning', host: 'web9' } },
    'the event carries it',
    'the event carries it',
  ],
])('it is known where they are from: %j', (event, severity, host) => {
  const { bytes, at } = frameAt({ tag: 'any/tag', source: 'somebody', ...event })
  expect(derived.originOf?.('severity', bytes, at)).toBe(severity)
  expect(derived.originOf?.('host', bytes, at)).toBe(host)
})

test('an explanation says where they are from', () => {
  const { bytes, at } = frameAt({ tag: 'any/tag', source: 'somebody', data: { retcode: 1 } })
  const explain = (filter: object) =>
    explainEvent(parseFilter(filter as never), bytes, at, { typeOf: types.typeOf, derived }).text
  expect(explain({ exact: { severity: 'warning' } })).toContain('"err" (from data.retcode)')
  expect(explain({ sql: "severity >= 'warning'" })).toContain('severity is "err" (from data.retcode)')
})

test('a type that takes the place of another has its own rule at once', () => {
  const some = new TypeRegistry([
    { type: 'a.b', tags: ['a/b'], host: { fields: ['data.x'], read: (field) => String(field(0)) } },
  ])
  const { host } = derivedAttributes(some)
  const { bytes, at } = frameAt({ tag: 'a/b', source: 'x', data: { x: 'one', y: 'two' } })
  expect(host(bytes, at)).toBe('one')
  some.replace(new Set(['a.b']), [
    { type: 'a.b', tags: ['a/b'], host: { fields: ['data.y'], read: (field) => String(field(0)) } },
  ])
  expect(host(bytes, at)).toBe('two')
})
