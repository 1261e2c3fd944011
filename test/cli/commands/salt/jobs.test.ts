import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { JobTable } from '../../../../src/cli/commands/salt/jobs/job-table.js'
import type { Client } from '../../../../src/client/api.js'
import { Event } from '../../../../src/event/event.js'
import { encodeFrame } from '../../../../src/event/frame.js'
import { encode } from '../../../../src/event/msgpack/encoder.js'
import { startTestHub, type TestHub } from '../../../../src/hub/testing.js'
import { RunningCommand, runCommand } from '../../../helpers/run-cli.js'

const jid = '20261120044233603103'
let hub: TestHub
let master: Client

beforeAll(async () => {
  hub = await startTestHub()
  master = await hub.connect({ source: 'salt/master' })
  await publishJob(jid, ['web1', 'web2', 'web3'])
  await master.publish(`salt/job/${jid}/prog/web3/0`, { id: 'web3', data: { len: 12, ret: {} } })
  await publishReturn(jid, 'web1', {
    fun: 'state.apply',
    return: {
      'pkg_|-nginx_|-nginx_|-installed': state(1, { nginx: { old: '', new: '1.24' } }),
      'file_|-conf_|-/etc/nginx.conf_|-managed': state(0),
    },
    stamp: '2026-11-20T04:42:35.800000',
  })
  await publishReturn(jid, 'web2', {
    fun: 'state.apply',
    retcode: 2,
    return: {
      'pkg_|-nginx_|-nginx_|-installed': { ...state(0), result: false, comment: 'no\npackage' },
    },
  })
})

afterAll(async () => {
  await master.close()
  await hub.close()
})

function state(run: number, changes = {}): Record<string, unknown> {
  return { result: true, comment: 'as it should be', changes, __run_num__: run }
}

async function publishJob(jid: string, minions: string[], missing?: string[]): Promise<void> {
  await master.publish(`salt/job/${jid}/new`, {
    jid,
    tgt: 'web*',
    tgt_type: 'glob',
    fun: 'state.apply',
    arg: ['nginx', { test: false }],
    minions,
    ...(missing ? { missing } : {}),
    user: 'root',
    _stamp: '2026-11-20T04:42:33.600000',
  })
}

interface Return {
  fun?: string
  return?: unknown
  retcode?: number
  stamp?: string
}

async function publishReturn(jid: string, id: string, given: Return = {}): Promise<void> {
  const { fun = 'test.ping', retcode = 0, stamp = '2026-11-20T04:42:34.000000' } = given
  await master.publish(`salt/job/${jid}/ret/${id}`, {
    cmd: '_return',
    id,
    jid,
    fun,
    return: given.return ?? true,
    retcode,
    success: retcode === 0,
    _stamp: stamp,
  })
}

const jobs = (...args: string[]) => ['salt', 'jobs', '--url', hub.address, ...args]

describe('tocsin salt jobs', () => {
  it('shows which minions returned, failed or are missing', async () => {
    const { code, stdout } = await runCommand(jobs(jid))
    expect(code).toBe(0)
    const lines = stdout.split('\n')
    expect(lines).toContain('function  state.apply nginx {"test": false}')
    expect(lines).toContain('target    web*')
    expect(lines).toContain('started   2026-11-20T04:42:33Z')
    expect(lines).toContain('minions   3 targeted, 2 returned, 1 failed, 1 missing')
    expect(stdout).toMatch(/^web1 +ok +0 +2.2s +1 changed, 1 ok$/m)
    expect(stdout).toMatch(/^web2 +failed +2 +400ms +1 failed$/m)
    expect(stdout).toMatch(/^web3 +running, 1 of 12 states/m)
    expect(stdout).toContain('web2\n  failed   pkg.installed nginx: no\\npackage\n')
    expect(stdout).not.toContain('changed  pkg')
  })

  it('shows only changes with --changes', async () => {
    const { stdout } = await runCommand(jobs(jid, '--changes'))
    expect(stdout).toContain('  changed  pkg.installed nginx: {"nginx": {"old": "", "new": "1.24"}}\n')
    expect(stdout).not.toContain('nginx.conf')
  })

  it('prints an object for programs', async () => {
    const { stdout } = await runCommand(jobs(jid, '--format', 'json'))
    expect(JSON.parse(stdout)).toMatchObject({
      jid,
      fun: 'state.apply',
      duration: 2200,
      targeted: ['web1', 'web2', 'web3'],
      failed: ['web2'],
      missing: ['web3'],
      minions: {
        web1: { retcode: 0, failed: false, duration: 2200, states: { ok: 1, changed: 1, failed: 0 } },
        web2: { retcode: 2, failed: true },
      },
    })
  })

  it('lists the latest jobs, including scheduled ones', async () => {
    const second = '20261120044300000000'
    await publishJob(second, ['db1'], ['gone'])
    await publishReturn(second, 'db1')
    await publishReturn('20261120044400000000', 'db2', { fun: 'schedule.run' })
    const all = await runCommand(jobs('--format', 'json'))
    const listed = all.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(listed.map((job) => [job.jid, job.returned, job.missing])).toEqual([
      [jid, ['web1', 'web2'], ['web3']],
      [second, ['db1'], ['gone']],
      ['20261120044400000000', ['db2'], []],
    ])
    const last = await runCommand(jobs('--limit', '1'))
    expect(last.stdout.split('\n')).toHaveLength(3)
    expect(last.stdout).toContain('schedule.run')
    const other = await runCommand(jobs('--bus', 'elsewhere'))
    expect(other.stdout).toBe('the log has no job\n')
  })

  it('waits with --watch until all minions have returned', async () => {
    const watched = '20261120050000000000'
    await publishJob(watched, ['a', 'b'], ['never-heard-of'])
    await publishReturn(watched, 'a')
    const command = new RunningCommand(jobs(watched, '--watch'))
    await command.prints('3 targeted')
    await publishReturn(watched, 'b', { return: { answer: 42 } })
    expect(await command.ended).toBe(0)
    expect(command.stdout).toContain('b  ok  400ms  {"answer": 42}\n')
    expect(command.stdout).toContain('done  3 targeted, 2 returned, 0 failed, 1 missing')
  })

  it('gives up with 5 and names the missing minions', async () => {
    const { code, stderr } = await runCommand(jobs(jid, '--watch', '--timeout', '300ms'))
    expect(code).toBe(5)
    expect(stderr).toContain('no return of web3 in time')
  })

  it('shows all jobs with --watch alone, until it is stopped', async () => {
    const command = new RunningCommand(jobs('--watch'))
    await command.prints('JOB')
    const next = '20261120060000000000'
    await publishJob(next, ['c'])
    await command.prints(`${next}  started  state.apply nginx {"test": false}  web*`)
    await publishReturn(next, 'c')
    await command.prints(`${next}  done`)
    expect(await command.interrupt()).toBe(130)
  })

  it('reports an unknown job', async () => {
    const { code, stderr } = await runCommand(jobs('20200101000000000000'))
    expect(code).toBe(1)
    expect(stderr).toContain('the log has no job 20200101000000000000')
  })

  it('copes with malformed events', async () => {
    const odd = '20261120070000000000'
    await master.publish(`salt/job/${odd}/new`, { minions: 'all', tgt: 7, arg: 'x', _stamp: 5 })
    await master.publish(`salt/job/${odd}/ret/x`, [1, 2])
    await master.publish(`salt/job/${odd}/ret/__proto__`, {
      return: { __proto__: 1, 'a_|-b': null },
      retcode: 'no',
    })
    await master.publish(`salt/job/${odd}/prog/x`, null)
    await master.publish(`salt/job/${odd}/error`, 'text')
    const { code, stdout } = await runCommand(jobs(odd))
    expect(code).toBe(0)
    expect(stdout).toContain('error     the master did not publish it')
  })

  it('with several functions counts as failed if one of them failed', async () => {
    const several = '20261120045900000001'
    await publishJob(several, ['a', 'b', 'c'])
    const fun = ['test.ping', 'cmd.run']
    const given = (retcode: unknown, success: unknown) => ({
      jid: several,
      fun,
      return: {},
      retcode,
      success,
    })
    const tag = `salt/job/${several}/ret`
    await master.publish(`${tag}/a`, given({ 'test.ping': 0, 'cmd.run': 3 }, { 'test.ping': true }))
    await master.publish(`${tag}/b`, given([0, 0], [true, true]))
    await master.publish(`${tag}/c`, given({ 'test.ping': 0 }, [true, false]))
    const { stdout } = await runCommand(jobs(several, '--format', 'json'))
    expect(JSON.parse(stdout)).toMatchObject({ failed: ['a', 'c'], minions: { a: { retcode: 3 } } })
    const { stdout: all } = await runCommand(jobs('--format', 'json'))
    const row = all.split('\n').find((line) => line.includes(several))!
    expect(JSON.parse(row).failed).toEqual(['a', 'c'])
  })
})

it('later jobs are shown after a job with an invented ID', () => {
  const table = new JobTable(1)
  const event = (tag: string) => new Event(encodeFrame({ tag, body: encode({ minions: [] }) }))
  for (const id of ['zzz', '20261120044233603103', '20261120044233603104']) {
    expect(table.add(event(`salt/job/${id}/new`), false)?.job.jid).toBe(id)
  }
  expect(table.add(event('salt/job/zzz/ret/late'), false)).toBeUndefined()
})
