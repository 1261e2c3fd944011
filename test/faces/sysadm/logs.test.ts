import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SysadmClient, type SysadmFixture, startSysadm } from './fixture.js'

let fixture: SysadmFixture
beforeAll(async () => {
  fixture = await startSysadm({
    before: ({ bus }) => {
      for (const id of ['j1', 'j2', 'j3'])
        bus.emit({ tag: `sysadm/dispatcher/${id}`, data: { process_id: id, state: 'finished' } })
      bus.emit({ tag: 'sysadm/life-preserver/snapshot', data: { class: 'snapshot', message: 'm' } })
      bus.emit({ tag: 'demo/x', data: { a: 1 } })
    },
  })
})
afterAll(() => fixture[Symbol.asyncDispose]())

type Logs = Record<string, Record<string, unknown>>
const logs = (client: SysadmClient, args: object = {}) =>
  client.rpc<Logs>('logs', { action: 'read_logs', ...args })
const SECOND = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?$/
const seconds = (offset: number) => String(Math.floor(Date.now() / 1000) + offset)

describe('rpc/logs', () => {
  it('returns all logs that are not empty, each entry under its local time', async () => {
    const client = await fixture.login()
    const all = await logs(client)
    expect(Object.keys(all).sort()).toEqual([
      'dispatcher',
      'events-dispatcher',
      'events-lifepreserver',
      'hostinfo',
    ])
    for (const log of Object.values(all)) for (const key of Object.keys(log)) expect(key).toMatch(SECOND)
    expect(Object.values(all['events-lifepreserver'])).toEqual([{ class: 'snapshot', message: 'm' }])
    expect(Object.values(all.dispatcher)).toContain('j1: finished')
    expect(Object.values(all.hostinfo)).toContain('demo/x {"a":1}')
  })

  it('is answered in the frame of the genuine server, without empty logs', async () => {
    const client = await fixture.login()
    const text = await client.ask(
      '{"args":{"action":"read_logs","logs":["events-lifepreserver","events-state"]},"id":"g","name":"logs","namespace":"rpc"}',
    )
    expect(text.replace(/"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"/, '"TIME"')).toBe(
      '{"args":{"events-lifepreserver":{"TIME":{"class":"snapshot","message":"m"}}},"id":"g","name":"response","namespace":"rpc"}',
    )
    expect(
      await client.ask(
        '{"args":{"action":"read_logs","logs":"events-state"},"id":"g","name":"logs","namespace":"rpc"}',
      ),
    ).toBe('{"args":{},"id":"g","name":"response","namespace":"rpc"}')
  })

  it('keeps all entries of one second', async () => {
    const client = await fixture.login()
    const { 'events-dispatcher': log } = await logs(client, { logs: 'events-dispatcher' })
    const ids = Object.values(log).map((args) => (args as { process_id: string }).process_id)
    expect(ids.sort()).toEqual(['j1', 'j2', 'j3'])
  })

  it('returns what has happened in the same millisecond', async () => {
    let now = () => 0
    await using own = await startSysadm({
      host: ({ runtime }) => {
        now = runtime.now
        return { runtime: { ...runtime, now: () => now() } }
      },
    })
    const snapshot = () => own.publish('sysadm/life-preserver/snapshot', { class: 'snapshot', message: 'm' })
    const client = await own.login()
    snapshot()
    const reader = await own.test.connect()
    const stored = reader.subscribe('sysadm/life-preserver/', { from: 'start' }).events()
    let count = 0
    for await (const { time } of stored) {
      count++
      now = () => time
      // At the first microsecond of a millisecond, nothing would be cut off.
      if (time % 1000 > 0) break
      snapshot()
    }
    await reader.close()
    const { 'events-lifepreserver': log } = await logs(client)
    expect(Object.keys(log)).toHaveLength(count)
  })

  it.each([
    ['one by name', { logs: 'events-lifepreserver' }, ['events-lifepreserver']],
    ['some by name', { logs: ['dispatcher', 'events-state', 'none'] }, ['dispatcher']],
    ['by seconds', { time_format: 'time_t_seconds', start_time: seconds(-600), end_time: seconds(600) }, 4],
    ['by seconds of the past', { time_format: 'time_t_seconds', start_time: '1', end_time: '2' }, 0],
    [
      'by milliseconds',
      { time_format: 'epoch_mseconds', start_time: `${seconds(-600)}000`, end_time: `${seconds(600)}000` },
      4,
    ],
    ['by milliseconds of the past', { time_format: 'epoch_mseconds', start_time: '1', end_time: '2' }, 0],
    ['by seconds back', { time_format: 'relative_second', start_time: '600' }, 4],
    ['by seconds back, whatever their sign', { time_format: 'relative_second', start_time: '-600' }, 4],
    [
      'by seconds back from an end, which the start counts from',
      { time_format: 'relative_second', start_time: '600', end_time: '600' },
      0,
    ],
    ['by months', { time_format: 'relative_month', start_time: '1' }, 4],
    ['by months that have gone', { time_format: 'relative_month', start_time: '2', end_time: '1' }, 0],
    ['by a whole pattern', { time_format: 'yyyy-MM-dd hh:mm:ss', start_time: '2020-01-02 03:04:05' }, 4],
    ['by days', { time_format: 'relative_day', start_time: '1' }, 4],
    ['by days that have gone', { time_format: 'relative_day', start_time: '2', end_time: '1' }, 0],
    ['by a pattern', { time_format: 'yyyy', start_time: '2020' }, 4],
    ['by numbers, which are absent', { time_format: 'relative_day', start_time: 2, end_time: 1 }, 4],
  ])('selects %s', async (_name, args, expected) => {
    const client = await fixture.login()
    const names = Object.keys(await logs(client, args))
    if (typeof expected === 'number') expect(names).toHaveLength(expected)
    else expect(names).toEqual(expected)
  })

  it.each([
    [
      'genuine',
      {
        'events-dispatcher': [
          '{"process_id":"plain","state":"running"}',
          '{"cmd_list":["a"],"process_id":"plain","return_codes/a":"9","state":"finished"}',
          '{"event_system":"sysadm/pkg","process_details":{"cmd_list":["b"],"current_cmd":"b","process_id":"w","state":"running"},"state":"running"}',
        ],
        'events-lifepreserver': ['{"class":"snapshot","message":"m","priority":"7 - Critical"}'],
        'events-state': ['{"hostname":"vm2","priority":"9 - Urgent"}'],
      },
    ],
    [
      'documented',
      {
        'events-dispatcher': [
          '{"cmd_list":["a"],"process_id":"plain","state":"pending"}',
          '{"cmd_list":["a"],"current_cmd":"a","process_id":"plain","state":"running"}',
          '{"a":"1\\n","cmd_list":["a"],"current_cmd":"a","process_id":"plain","state":"running"}',
          '{"cmd_list":["a"],"process_id":"plain","return_codes/a":"9","state":"finished"}',
          '{"event_system":"sysadm/pkg","process_details":{"cmd_list":["b"],"current_cmd":"b","process_id":"w","state":"running"},"state":"running"}',
        ],
        'events-lifepreserver': ['{"class":"snapshot","message":"m","priority":"7/Critical"}'],
        'events-state': ['{"hostname":"vm2"}'],
      },
    ],
  ] as const)('has events in the %s spelling', async (spelling, expected) => {
    await using own = await startSysadm({ sysadm: { spelling } })
    const plain = { process_id: 'plain', cmd_list: ['a'] }
    const details = { process_id: 'w', cmd_list: ['b'], current_cmd: 'b', state: 'running' }
    for (const data of [
      { ...plain, state: 'pending' },
      { ...plain, state: 'running', current_cmd: 'a' },
      { ...plain, state: 'running', current_cmd: 'a', a: '1\n' },
      { ...plain, state: 'finished', 'return_codes/a': '9', signal: 'SIGKILL' },
      { event_system: 'sysadm/pkg', state: 'running', process_details: details },
    ])
      own.publish('sysadm/dispatcher/plain', data)
    const snapshot = { class: 'snapshot', message: 'm', priority: '7 - Critical' }
    own.publish('sysadm/life-preserver/snapshot', snapshot)
    own.publish('sysadm/system-state', { hostname: 'vm2', priority: '9 - Urgent' })
    const client = await own.login()
    const asked = { action: 'read_logs', logs: Object.keys(expected) }
    const text = await client.ask(JSON.stringify({ namespace: 'rpc', name: 'logs', id: 'l', args: asked }))
    for (const [log, entries] of Object.entries(expected)) {
      const found = Object.values(JSON.parse(text).args[log]).map((entry) => JSON.stringify(entry))
      expect(found.sort()).toEqual([...entries].sort())
    }
  })

  it.each([
    [{ action: 'other' }],
    [{ time_format: 'relative_day', start_time: 'x' }],
    [{ time_format: '?', start_time: 'x' }],
  ])('refuses %j', async (args) => {
    const client = await fixture.login()
    expect(await logs(client, args)).toMatchObject({ code: '400' })
  })

  it('shows those with limited rights only what they may see', async () => {
    const client = await fixture.login('operator')
    const all = await logs(client)
    expect(all).not.toHaveProperty('hostinfo')
    expect(all).toHaveProperty('events-lifepreserver')
    expect(all).not.toHaveProperty('events-dispatcher')
    expect(all).not.toHaveProperty('dispatcher')
  })

  it('returns the newest entries where there are too many, and says so', async () => {
    for (let i = 0; i < 5100; i++) fixture.publish('sysadm/system-state', { hostname: `n${i}` })
    const client = await fixture.login()
    const { 'events-state': log, cut } = await logs(client, { logs: 'events-state' })
    expect(cut).toEqual(['events-state'])
    expect(Object.keys(log)).toHaveLength(5000)
    const names = Object.values(log).map((args) => (args as { hostname: string }).hostname)
    expect(names).toContain('n5099')
    expect(names).not.toContain('n99')
  })
})
