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

  it('keeps all entries of one second', async () => {
    const client = await fixture.login()
    const { 'events-dispatcher': log } = await logs(client, { logs: 'events-dispatcher' })
    const ids = Object.values(log).map((args) => (args as { process_id: string }).process_id)
    expect(ids.sort()).toEqual(['j1', 'j2', 'j3'])
  })

  it.each([
    ['one by name', { logs: 'events-lifepreserver' }, ['events-lifepreserver']],
    ['some by name', { logs: ['dispatcher', 'events-state', 'none'] }, ['dispatcher']],
    ['by seconds', { time_format: 'time_t_seconds', start_time: seconds(-600), end_time: seconds(600) }, 4],
    ['by seconds of the past', { time_format: 'time_t_seconds', start_time: '1', end_time: '2' }, 0],
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
    expect(all).toHaveProperty('events-dispatcher')
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
