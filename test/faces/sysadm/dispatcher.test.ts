import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SysadmClient, type SysadmFixture, startSysadm } from './fixture.js'

let fixture: SysadmFixture
beforeAll(async () => {
  fixture = await startSysadm({
    hub: { config: { jobs: { programs: '*', parallel: 4, killAfter: '200ms' } } },
  })
})
afterAll(() => fixture[Symbol.asyncDispose]())

const ask = (client: SysadmClient, args: unknown) =>
  client.ask(JSON.stringify({ namespace: 'rpc', name: 'dispatcher', id: 'd', args }))
const reply = (args: string) => `{"args":${args},"id":"d","name":"response","namespace":"rpc"}`
const error = (code: string, message: string) =>
  `{"args":{"code":"${code}","message":"${message}"},"id":"d","name":"error","namespace":"error"}`
const event = (args: string) => `{"args":${args},"id":"","name":"dispatcher","namespace":"events"}`
const TIME = /"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"/g
/** Replaces what differs between two runs. */
const timeless = (text: string) => text.replaceAll(TIME, '"TIME"')

async function watcher(of: SysadmFixture = fixture, args: unknown = 'dispatcher'): Promise<SysadmClient> {
  const client = await of.login()
  await client.ask(JSON.stringify({ namespace: 'events', name: 'subscribe', id: 's', args }))
  return client
}

/** The events of a job up to its end. */
async function eventsOf(seen: SysadmClient, id: string): Promise<string[]> {
  const texts: string[] = []
  for (;;) {
    const text = await seen.next()
    if (!text.includes(JSON.stringify(id))) continue
    texts.push(timeless(text))
    if (text.includes('"state":"finished"')) return texts
  }
}

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
    const clean = await watcher(fixture, { classes: ['tocsin'], filter: 'sysadm/dispatcher/shot' })
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
  })

  it('lists jobs by their queue, everybody’s, and kills with all processes', async () => {
    const [client, seen, other] = [await fixture.login(), await watcher(), await fixture.login('operator')]
    const before = await ask(client, { action: 'list' })
    expect(before).toBe(reply('{"jobs":{"no_queue":{}}}'))
    await ask(client, { action: 'run', longjob: 'sh -c "sleep 4321 & sleep 4321"' })
    await seen.next()
    const command = 'sh -c \\"sleep 4321 & sleep 4321\\"'
    const running = `{"no_queue":{"longjob":{"commands":["${command}"],"state":"running"}}`
    expect(await ask(client, { action: 'list' })).toBe(reply(`{"jobs":${running}}}`))
    expect(await ask(other, { action: 'list' })).toBe(reply(`{"jobs":${running}}}`))
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

const ID = 'sysadm_pkg_install-{1111}'
const COMMANDS = ['sh -c "echo line a 1; echo line a 2; sleep 1.3"', 'echo b']
const QUOTED = COMMANDS.map((command) => JSON.stringify(command))

describe('jobs of the classes of SysAdm', () => {
  const details = (fields: string) => `"process_details":{${fields}}`
  const list = `"cmd_list":[${QUOTED}]`
  const wrapped = (state: string, log: string, fields: string) =>
    event(
      `{"action":"pkg_install","event_system":"sysadm/pkg","pkg_log":"${log}",${details(fields)},"state":"${state}"}`,
    )

  it('have all their events, wrapped, and the beginning of every job besides', async () => {
    const [client, seen] = [await fixture.login(), await watcher()]
    await ask(client, { action: 'run', [ID]: COMMANDS })
    const begun = `${list},"current_cmd":${QUOTED[0]},"process_id":"${ID}","state":"running","time_started":"TIME"`
    expect(await eventsOf(seen, ID)).toEqual([
      wrapped('pending', '', `${list},"process_id":"${ID}","state":"pending"`),
      event(`{"process_id":"${ID}","state":"running"}`),
      wrapped('running', '', begun),
      wrapped(
        'running',
        'line a 1\\nline a 2\\n',
        `${list},"current_cmd":${QUOTED[0]},"process_id":"${ID}",${QUOTED[0]}:"line a 1\\nline a 2\\n","state":"running","time_started":"TIME"`,
      ),
      wrapped(
        'running',
        '',
        `${list},"current_cmd":${QUOTED[0]},"process_id":"${ID}","return_codes/${QUOTED[0].slice(1)}:"0",${QUOTED[0]}:"","state":"running","time_started":"TIME"`,
      ),
      wrapped(
        'finished',
        'b\\n',
        `${list},"echo b":"b\\n","process_id":"${ID}","return_codes/echo b":"0","return_codes/${QUOTED[0].slice(1)}:"0",${QUOTED[0]}:"line a 1\\nline a 2\\n","state":"finished","time_finished":"TIME","time_started":"TIME"`,
      ),
    ])
  })

  it('that wait are reported every two seconds, and no longer when they run', async () => {
    const seen = await watcher()
    const clean = await watcher(fixture, { classes: ['dispatcher'] })
    await using admin = await fixture.test.connect()
    const queue = 'pkg_queue'
    await admin.request('jobs.run', { id: 'before', commands: ['sleep 4321'], queue })
    await admin.request('jobs.run', { id: 'sysadm_pkg_lock-{2}', commands: ['true'], queue })
    const waits = event(
      '{"action":"pkg_lock","event_system":"sysadm/pkg","pkg_log":"","process_details":{"cmd_list":["true"],' +
        '"process_id":"sysadm_pkg_lock-{2}","state":"pending"},"state":"pending"}',
    )
    expect(await seen.next()).toBe(event('{"process_id":"before","state":"running"}'))
    const late = await watcher()
    expect([await seen.next(), await seen.next(), await seen.next()]).toEqual([waits, waits, waits])
    expect(await late.next()).toBe(waits)
    await admin.request('jobs.kill', { ids: ['before'] })
    const states = (await eventsOf(seen, 'sysadm_pkg_lock-{2}')).map((text) => JSON.parse(text).args.state)
    expect(states).toEqual(['running', 'running', 'finished'])
    const once = (await eventsOf(clean, 'sysadm_pkg_lock-{2}')).filter((text) => text.includes('"pending"'))
    expect(once).toHaveLength(1)
  }, 20_000)
})

describe('with the spelling of the documentation', () => {
  it('a plain job has all its events, in the form of the samples', async () => {
    await using documented = await startSysadm({
      sysadm: { spelling: 'documented' },
      hub: { config: { jobs: { programs: '*' } } },
    })
    const [client, seen] = [await documented.login(), await watcher(documented)]
    await ask(client, { action: 'run', random: COMMANDS })
    const sample = (args: string) => `{"namespace":"events","name":"dispatcher","id":"none","args":${args}}`
    const code = (command: string, value: string) =>
      `${JSON.stringify(`return_codes/${JSON.parse(command)}`)}:"${value}"`
    expect(await eventsOf(seen, 'random')).toEqual([
      sample(`{"state":"pending","cmd_list":[${QUOTED}],"process_id":"random"}`),
      sample(
        `{"state":"running","cmd_list":[${QUOTED}],"process_id":"random","time_started":"TIME","current_cmd":${QUOTED[0]}}`,
      ),
      sample(
        `{"state":"running","cmd_list":[${QUOTED}],"process_id":"random","time_started":"TIME","current_cmd":${QUOTED[0]},${QUOTED[0]}:"line a 1\\nline a 2\\n"}`,
      ),
      sample(
        `{"state":"running","cmd_list":[${QUOTED}],"process_id":"random","time_started":"TIME","current_cmd":${QUOTED[0]},${QUOTED[0]}:"",${code(QUOTED[0], '0')}}`,
      ),
      sample(
        `{"state":"running","cmd_list":[${QUOTED}],"process_id":"random","time_started":"TIME","current_cmd":${QUOTED[1]},${QUOTED[1]}:"b\\n",${code(QUOTED[0], '0')}}`,
      ),
      sample(
        `{"state":"finished","time_finished":"TIME","cmd_list":[${QUOTED}],${code(QUOTED[0], '0')},${code(QUOTED[1], '0')},"process_id":"random"}`,
      ),
    ])
  })
})
