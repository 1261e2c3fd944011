import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SysadmFixture, startSysadm } from './fixture.js'
import { ask, event, eventsOf, timeless, watchJobs } from './job-frames.js'

let fixture: SysadmFixture
beforeAll(async () => {
  fixture = await startSysadm({
    hub: { config: { jobs: { programs: '*', parallel: 4, killAfter: '200ms' } } },
  })
})
afterAll(() => fixture[Symbol.asyncDispose]())

const reply = (args: string) => `{"args":${args},"id":"d","name":"response","namespace":"rpc"}`
const error = (code: string, message: string) =>
  `{"args":{"code":"${code}","message":"${message}"},"id":"d","name":"error","namespace":"error"}`
const watcher = (args?: unknown) => watchJobs(fixture, args)

describe('the dispatcher', () => {
  it('runs a job, and its two events are those of the genuine server', async () => {
    const [client, seen] = [await fixture.login(), await watcher()]
    expect(await ask(client, { action: 'run', procID1: 'echo sample1' })).toBe(
      reply('{"started":["procID1"]}'),
    )
    expect(await eventsOf(seen, 'procID1')).toEqual([
      event('{"process_id":"procID1","state":"running"}'),
      event(
        '{"cmd_list":["echo sample1"],"echo sample1":"sample1\\n","process_id":"procID1",' +
          '"return_codes/echo sample1":"0","state":"finished","time_finished":"TIME","time_started":"TIME"}',
      ),
    ])
  })

  it('stops at the first command that fails, and commands not reached have no keys', async () => {
    const [client, seen] = [await fixture.login(), await watcher()]
    await ask(client, { action: 'run', chain: ['echo one', 'false', 'echo three'] })
    expect((await eventsOf(seen, 'chain')).at(-1)).toBe(
      event(
        '{"cmd_list":["echo one","false","echo three"],"echo one":"one\\n","false":"","process_id":"chain",' +
          '"return_codes/echo one":"0","return_codes/false":"1","state":"finished","time_finished":"TIME","time_started":"TIME"}',
      ),
    )
  })

  it('finishes a job without commands at once, without a start', async () => {
    const [client, seen] = [await fixture.login(), await watcher()]
    expect(await ask(client, { action: 'run', nothing: [] })).toBe(reply('{"started":["nothing"]}'))
    expect((await eventsOf(seen, 'nothing')).at(-1)).toBe(
      event('{"cmd_list":[],"process_id":"nothing","state":"finished","time_finished":"TIME"}'),
    )
  })

  it('gives the code -1 to a program that is missing, in one event', async () => {
    const [client, seen] = [await fixture.login(), await watcher()]
    await ask(client, { action: 'run', missing: '/nowhere/at-all' })
    expect(await eventsOf(seen, 'missing')).toEqual([
      event('{"process_id":"missing","state":"running"}'),
      event(
        '{"/nowhere/at-all":"","cmd_list":["/nowhere/at-all"],"process_id":"missing",' +
          '"return_codes//nowhere/at-all":"-1","state":"finished","time_finished":"TIME","time_started":"TIME"}',
      ),
    ])
  })

  it('reports the end by a signal twice, and the log has it once', async () => {
    const [client, seen] = [await fixture.login(), await watcher()]
    const clean = await watcher({ classes: ['tocsin'], filter: 'sysadm/dispatcher/shot' })
    await ask(client, { action: 'run', shot: 'sh -c "kill -9 $$"' })
    const command = 'sh -c \\"kill -9 $$\\"'
    const end = (code: string) =>
      event(
        `{"cmd_list":["${command}"],"process_id":"shot","return_codes/${command}":"${code}",` +
          `"${command}":"","state":"finished","time_finished":"TIME","time_started":"TIME"}`,
      )
    expect((await eventsOf(seen, 'shot')).slice(1)).toEqual([end('-1')])
    expect(timeless(await seen.next())).toBe(end('9'))
    for (const state of ['pending', 'running', 'finished'])
      expect(JSON.parse(await clean.next()).args.data).toMatchObject({ state })
    await ask(client, { action: 'run', after: 'true' })
    expect(await clean.rpc('query', '')).toHaveProperty(['rpc/logs'])
  })

  it('runs several, in the order of their ids, and skips what is neither text nor a list', async () => {
    const client = await fixture.login()
    const args = { b: 'true', action: 'run', a: ['true', 'true'], c: 7, d: null, e: {} }
    expect(await ask(client, args)).toBe(reply('{"started":["a","b"]}'))
    await expect.poll(() => ask(client, { action: 'list' })).toBe(reply('{"jobs":{"no_queue":{}}}'))
  })

  it('lists jobs by their queue, and kills with all processes', async () => {
    const [client, seen, other] = [await fixture.login(), await watcher(), await fixture.login('boss')]
    const limited = await fixture.login('operator')
    const before = await ask(client, { action: 'list' })
    expect(before).toBe(reply('{"jobs":{"no_queue":{}}}'))
    await ask(client, { action: 'run', longjob: 'sh -c "sleep 4321 & sleep 4321"' })
    await seen.next()
    const command = 'sh -c \\"sleep 4321 & sleep 4321\\"'
    const running = `{"no_queue":{"longjob":{"commands":["${command}"],"state":"running"}}`
    expect(await ask(client, { action: 'list' })).toBe(reply(`{"jobs":${running}}}`))
    expect(await ask(other, { action: 'list' })).toBe(reply(`{"jobs":${running}}}`))
    expect(await ask(limited, { action: 'list' })).toBe(before)
    await using admin = await fixture.test.connect()
    for (const id of ['first', 'next'])
      await admin.request('jobs.run', { id, commands: ['sleep 4321'], queue: 'pkg_queue' })
    expect(await ask(client, { action: 'list' })).toBe(
      reply(
        `{"jobs":${running},"pkg_queue":{"first":{"commands":["sleep 4321"],"state":"running"},` +
          '"next":{"commands":["sleep 4321"],"queue_position":"0","state":"pending"}}}}',
      ),
    )
    await admin.request('jobs.kill', { ids: ['first', 'next'] })
    const once = `{"jobs":${running},"pkg_queue":{}}}`
    while ((await ask(client, { action: 'list' })) !== reply(once)) await seen.next()
    expect(await ask(client, { action: 'kill', job_id: 'longjob' })).toBe(
      reply('{"killed":{"jobs":["longjob"]}}'),
    )
    expect((await eventsOf(seen, 'longjob')).at(-1)).toContain('"reason":"killed by root"')
    expect(processes()).not.toContain('sleep 4321')
    expect(await ask(client, { action: 'kill', job_id: ['longjob', 7, 'none'] })).toBe(
      reply(
        '{"killed":{"jobs":[]},"refused":{"longjob":{"code":"TCN_JOB_FINISHED","message":"the job longjob has finished"},' +
          '"none":{"code":"TCN_JOB_UNKNOWN","message":"there is no job none, or it is not yours"}}}',
      ),
    )
  })

  it('does not kill the jobs of others, and says so', async () => {
    const [client, seen] = [await fixture.login(), await watcher()]
    await using admin = await fixture.test.connect()
    await admin.request('jobs.run', { id: 'theirs', commands: ['sleep 4321'] })
    await seen.next()
    const message = expect.stringMatching(
      /^the job theirs is one of .*, and killing it requires the right "admin"$/,
    )
    expect(JSON.parse(await ask(client, { action: 'kill', job_id: 'theirs' }))).toEqual({
      args: { code: '403', message: 'Forbidden', why: { code: 'TCN_ACCESS_DENIED', message } },
      id: 'd',
      name: 'error',
      namespace: 'error',
    })
    expect(await ask(client, { action: 'list' })).toContain('"theirs"')
    await ask(client, { action: 'run', mine: 'sleep 4321' })
    expect(
      JSON.parse(await ask(client, { action: 'kill', job_id: ['theirs', 'mine', 'mine'] })).args,
    ).toMatchObject({ killed: { jobs: ['mine'] }, refused: { theirs: { code: 'TCN_ACCESS_DENIED' } } })
    await admin.request('jobs.kill', { ids: ['theirs'] })
  })
})

function processes(): string {
  return execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
}

describe('rights', () => {
  const query = (right: string) => ({
    'rpc/dispatcher': right,
    'rpc/logs': expect.any(String),
    'rpc/settings': 'read/write',
  })

  it('limited are to look only', async () => {
    const client = await fixture.login('operator')
    expect(await ask(client, { action: 'run', a: 'true' })).toBe(error('403', 'Forbidden'))
    expect(await ask(client, { action: 'kill', job_id: 'a' })).toBe(error('403', 'Forbidden'))
    expect(await ask(client, { action: 'list' })).toContain('"jobs"')
    expect(await client.rpc('query', '')).toEqual({ ...query('read'), 'rpc/logs': 'read' })
  })

  it('full over SysAdm include running only with the right to run', async () => {
    const [client, boss] = [await fixture.login(), await fixture.login('boss')]
    expect(await client.rpc('query', '')).toEqual(query('read/write'))
    expect(await boss.rpc('query', '')).toEqual({ ...query('read'), 'rpc/logs': 'read/write' })
    expect(JSON.parse(await ask(boss, { action: 'run', a: 'true' })).args).toEqual({
      code: '403',
      message: 'Forbidden',
      why: { code: 'TCN_ACCESS_DENIED', message: expect.stringContaining('requires the right "run"') },
    })
  })

  it('allow nothing on a hub that runs no jobs', async () => {
    await using without = await startSysadm()
    const client = await without.login()
    expect(await client.rpc('query', '')).toEqual(query('read'))
    expect(await ask(client, { action: 'list' })).toBe(reply('{"jobs":{"no_queue":{}}}'))
    expect(JSON.parse(await ask(client, { action: 'run', a: 'true' })).args).toMatchObject({
      code: '403',
      why: { code: 'TCN_JOB_OFF' },
    })
  })

  it.each([
    [{ action: 'other' }],
    [{}],
    ['run'],
    [{ action: 'kill' }],
    [{ action: 'kill', job_id: [] }],
    [{ action: 'kill', job_id: 7 }],
    [{ action: 'run', '': 'true' }],
    [{ action: 'run', a: 'x'.repeat(10_000) }],
    [{ action: 'run', a: Array.from({ length: 65 }, () => 'true') }],
    [Object.fromEntries([['action', 'run'], ...Array.from({ length: 70 }, (_, i) => [`j${i}`, 'true'])])],
  ])('are not what refuses %j', async (args) => {
    const client = await fixture.login()
    expect(await ask(client, args)).toBe(error('400', 'Bad Request'))
  })
})
