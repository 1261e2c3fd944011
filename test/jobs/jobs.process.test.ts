import { existsSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Authorize } from '../../src/bus/principal.js'
import { jobsConfig } from '../../src/jobs/config.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { openJobs, processState, until } from './fixture.js'

describe('a job', () => {
  it('runs its commands one after the other, with output, codes and times', async () => {
    await using test = await openJobs()
    const job = await test.finish({ id: 'two', commands: ['echo one', 'printf "%s|" "a b" c'] })
    expect(job).toMatchObject({
      id: 'two',
      by: 'ops',
      queue: 'no_queue',
      state: 'finished',
      results: [
        { output: 'one\n', code: 0 },
        { output: 'a b|c|', code: 0 },
      ],
      outputBytes: 10,
    })
    expect(job.finished).toBeGreaterThanOrEqual(job.started ?? Number.POSITIVE_INFINITY)
    expect(job.reason).toBeUndefined()
  })

  it('stops at the first command that fails', async () => {
    await using test = await openJobs()
    const { results } = await test.finish({ commands: ['echo one', 'sh -c "exit 3"', 'echo never'] })
    expect(results).toEqual([
      { output: 'one\n', code: 0 },
      { output: '', code: 3 },
    ])
  })

  it('has the code -1 if the program does not exist, and says so', async () => {
    await using test = await openJobs()
    const { results } = await test.finish({ commands: ['no-such-program x', 'echo never'] })
    expect(results).toEqual([
      { output: '', code: -1, fault: expect.stringContaining('there is no program no-such-program') },
    ])
    const path = await test.finish('/no/such/program')
    expect(path.results).toEqual([{ output: '', code: -1, fault: expect.stringContaining('ENOENT') }])
  })

  it('finishes at once without commands', async () => {
    await using test = await openJobs()
    const job = await test.finish({ id: 'none', commands: [] })
    expect(job.started).toBeUndefined()
    expect(test.events.map(({ data }) => data.state)).toEqual(['pending', 'finished'])
  })

  it('uses no shell', async () => {
    await using test = await openJobs()
    const { results } = await test.finish('echo $HOME * ; echo `id` > /tmp/x')
    expect(results[0].output).toBe('$HOME * ; echo `id` > /tmp/x\n')
  })

  it('keeps the order of stdout and stderr', async () => {
    await using test = await openJobs()
    const { results } = await test.finish(
      'sh -c "for n in 1 2 3 4 5 6 7 8 9; do echo $n; echo e$n >&2; done"',
    )
    expect(results[0].output).toBe([1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => `${n}\ne${n}\n`).join(''))
  })

  it('has a clean environment and folder, and nothing to read', async () => {
    process.env.SECRET_OF_THE_HUB = 'x'
    await using test = await openJobs({
      config: { environment: { COLOUR: 'blue' }, path: ['/usr/bin', '/bin'] },
    })
    const { run, results } = await test.finish({ commands: ['env', 'pwd', 'cat'] })
    delete process.env.SECRET_OF_THE_HUB
    const names = results[0].output.split('\n').map((line) => line.split('=')[0])
    expect(names.filter((name) => name !== '').sort()).toEqual(
      ['COLOUR', 'HOME', 'LANG', 'LOGNAME', 'PATH', 'TOCSIN_JOB', 'USER'].sort(),
    )
    expect(results[0].output).toContain(`TOCSIN_JOB=${run}\n`)
    expect(results[0].output).toContain('PATH=/usr/bin:/bin\n')
    expect(results[1].output).toBe('/\n')
    expect(results[2]).toEqual({ output: '', code: 0 })
  })

  it('may have the id of a finished job, but not of one that runs', async () => {
    await using test = await openJobs()
    await test.start({ id: 'same', commands: ['sleep 60'] })
    await expect(test.start({ id: 'same', commands: ['echo'] })).rejects.toMatchObject({
      code: 'TCN_JOB_EXISTS',
    })
    test.jobs.kill('same', 'enough')
    await test.finished('same')
    const again = await test.finish({ id: 'same', commands: ['echo again'] })
    expect(again.results[0].output).toBe('again\n')
    expect(test.jobs.list().filter(({ id }) => id === 'same')).toHaveLength(2)
  })
})

describe('the end of a job', () => {
  it('is the end of all its processes, also of those that outlive their parent', async () => {
    await using test = await openJobs()
    const job = await test.start({ id: 'fork', commands: ['sh -c "sleep 60 & echo $!; exit 0"'] })
    const pid = Number(await until(() => test.jobs.find('fork')?.results[0]?.output.trim()))
    expect(processState(pid)).toBe(true)
    expect(test.jobs.find(job.id)?.state).toBe('running')
    test.jobs.kill('fork', 'enough')
    expect(await test.finished('fork')).toMatchObject({ reason: 'enough', results: [{ code: 0 }] })
    await until(() => !processState(pid))
  })

  it('waits for processes that outlive their parent, with their output', async () => {
    await using test = await openJobs()
    const { results } = await test.finish('sh -c "(sleep 0.3; echo late) & echo early"')
    expect(results).toEqual([{ output: 'early\nlate\n', code: 0 }])
  })

  it('comes with KILL if the job ignores TERM', async () => {
    await using test = await openJobs()
    await test.start({
      id: 'deaf',
      commands: [`sh -c "trap '' TERM; echo ready; while :; do sleep 60; done"`, 'echo'],
    })
    await until(() => test.jobs.find('deaf')?.results[0]?.output)
    test.jobs.kill('deaf', 'killed by ops')
    expect(await test.finished('deaf')).toMatchObject({
      reason: 'killed by ops',
      results: [{ output: 'ready\n', code: 9 }],
    })
  })

  it('leaves time to clean up after TERM', async () => {
    await using test = await openJobs({ config: { killAfter: '1m' } })
    await test.start({
      id: 'tidy',
      commands: [`sh -c "trap 'echo tidied; exit 7' TERM; echo ready; sleep 60 & wait"`],
    })
    await until(() => test.jobs.find('tidy')?.results[0]?.output)
    test.jobs.kill('tidy', 'enough')
    expect((await test.finished('tidy')).results).toEqual([{ output: 'ready\ntidied\n', code: 7 }])
  })

  it('comes to a stopped job too', async () => {
    await using test = await openJobs({ config: { killAfter: '1m' } })
    await test.start({ id: 'stopped', commands: [`sh -c "echo ready; kill -STOP $$"`, 'echo'] })
    await until(() => test.jobs.find('stopped')?.results[0]?.output)
    test.jobs.kill('stopped', 'enough')
    expect((await test.finished('stopped')).state).toBe('finished')
  })

  it('comes at any moment of its start', async () => {
    await using test = await openJobs({ config: { killAfter: '1m' } })
    const commands = ['sh -c "echo ready; kill -STOP $$"', `sh -c "trap 'exit 7' TERM; sleep 60 & wait"`]
    for (let n = 0; n < 20; n++) {
      const job = await test.start({ commands: [commands[n % 2]] })
      test.jobs.kill(job.id, 'enough')
      expect((await test.finished(job.id)).reason).toBe('enough')
    }
  })

  it('comes when the time limit is over, with the reason', async () => {
    await using test = await openJobs({ config: { timeLimit: '1s', killAfter: '30s' } })
    const job = await test.finish({ commands: ['sleep 60', 'echo never'], timeLimit: 50 })
    expect(job).toMatchObject({ reason: 'it ran longer than 0.05 s', results: [{ code: 15 }] })
  })

  it('is refused for a job that has finished or does not exist', async () => {
    await using test = await openJobs()
    await test.finish({ id: 'done', commands: ['true'] })
    expect(() => test.jobs.kill('done', 'x')).toThrow(expect.objectContaining({ code: 'TCN_JOB_FINISHED' }))
    expect(() => test.jobs.kill('none', 'x')).toThrow(expect.objectContaining({ code: 'TCN_JOB_UNKNOWN' }))
  })
})

describe('queues', () => {
  it('run one job at a time, in order, while others run at once', async () => {
    await using test = await openJobs()
    await test.start({ id: 'a', queue: 'q', commands: ['sleep 60'] })
    await test.start({ id: 'b', queue: 'q', commands: ['echo b'] })
    await test.start({ id: 'c', queue: 'q', commands: ['echo c'] })
    await test.finish({ id: 'free', commands: ['echo free'] })
    const job = (id: string) => test.jobs.find(id)
    expect([job('a')?.state, job('b')?.state, job('c')?.state]).toEqual(['running', 'pending', 'pending'])
    expect(['a', 'b', 'c'].map((id) => test.jobs.position(job(id)!))).toEqual([undefined, 0, 1])
    test.jobs.kill('a', 'enough')
    const c = await test.finished('c')
    expect(c.started).toBeGreaterThanOrEqual(job('b')!.finished!)
  })

  it('without a queue, as many run at once as configured', async () => {
    await using test = await openJobs({ config: { parallel: 2 } })
    for (const id of ['a', 'b', 'c']) await test.start({ id, commands: ['sleep 60'] })
    await until(() => test.jobs.find('b')?.state === 'running')
    expect(test.jobs.list().map(({ state }) => state)).toEqual(['running', 'running', 'pending'])
    test.jobs.kill('a', 'enough')
    await until(() => test.jobs.find('c')?.state === 'running')
  })

  it('follow changed settings at once', async () => {
    await using test = await openJobs({ config: { parallel: 1 } })
    for (const id of ['a', 'b']) await test.start({ id, commands: ['sleep 60'] })
    expect(test.jobs.find('b')?.state).toBe('pending')
    test.jobs.configure(jobsConfig.parse({ parallel: 2, killAfter: '300ms' }))
    await until(() => test.jobs.find('b')?.state === 'running')
    await expect(test.start('echo')).rejects.toMatchObject({ code: 'TCN_JOB_OFF' })
  })

  it('let a job that waits be killed', async () => {
    await using test = await openJobs()
    await test.start({ id: 'a', queue: 'q', commands: ['sleep 60'] })
    await test.start({ id: 'b', queue: 'q', commands: ['echo b'] })
    test.jobs.kill('b', 'killed by ops')
    const b = await test.finished('b')
    expect(b).toMatchObject({ state: 'finished', reason: 'killed by ops', results: [] })
    expect(b.started).toBeUndefined()
  })

  it('are bounded', async () => {
    await using test = await openJobs({ config: { waiting: 1 } })
    await test.start({ id: 'a', queue: 'q', commands: ['sleep 60'] })
    await test.start({ id: 'b', queue: 'q', commands: ['echo'] })
    await expect(test.start({ id: 'c', queue: 'q', commands: ['echo'] })).rejects.toMatchObject({
      code: 'TCN_JOB_FULL',
    })
  })
})

describe('programs', () => {
  const nobody = ((_principal: unknown, _right: unknown, name: string) =>
    name === 'echo') as unknown as Authorize

  it('are refused unless the configuration lists some', async () => {
    await using test = await openJobs({ config: { programs: [] } })
    await expect(test.start('echo')).rejects.toMatchObject({ code: 'TCN_JOB_OFF' })
  })

  it('are allowed by name or by path, whichever way the command names them', async () => {
    await using test = await openJobs({ config: { programs: ['echo', '/usr/bin/env'], path: ['/usr/bin'] } })
    for (const command of ['echo a', '/usr/bin/echo a', 'env', '/usr/bin/env']) {
      expect((await test.finish(command)).results[0].code).toBe(0)
    }
    for (const command of ['cat x', '/tmp/echo', './echo', '/usr/bin/../bin/echo', 'sh -c "echo a"']) {
      await expect(test.start(command)).rejects.toMatchObject({ code: 'TCN_JOB_PROGRAM' })
    }
    await expect(test.start({ commands: ['echo a', 'cat'] })).rejects.toMatchObject({
      code: 'TCN_JOB_PROGRAM',
    })
    await expect(test.start('""')).rejects.toMatchObject({ code: 'TCN_JOB_COMMAND' })
  })

  it('are allowed by their path in a folder that is a link to where they are found', async () => {
    const folder = temporaryFolder('programs')
    const link = join(folder, 'bin')
    symlinkSync('/usr/bin', link)
    const config = { programs: [join(link, 'echo')], path: ['/usr/bin', link] }
    await using test = await openJobs({ config })
    for (const command of ['echo a', '/usr/bin/echo a', `${link}/echo a`]) {
      expect((await test.finish(command)).results[0].code).toBe(0)
    }
    await expect(test.start('cat x')).rejects.toMatchObject({ code: 'TCN_JOB_PROGRAM' })
    await expect(test.start(`${link}/../bin/echo a`)).rejects.toMatchObject({ code: 'TCN_JOB_PROGRAM' })
  })

  it('are refused to a principal without the right', async () => {
    await using test = await openJobs({ authorize: nobody })
    expect((await test.finish('echo a')).results[0].code).toBe(0)
    await expect(test.start('cat x')).rejects.toMatchObject({
      code: 'TCN_ACCESS_DENIED',
      details: { right: 'run' },
    })
    expect(test.jobs.list()).toHaveLength(1)
  })
})

describe('retention', () => {
  it('removes the oldest finished jobs with their files', async () => {
    await using test = await openJobs({ config: { keep: { jobs: 2 } } })
    for (const id of ['a', 'b', 'c']) await test.finish({ id, commands: [`echo ${id}`] })
    await until(() => test.jobs.list().length === 2)
    expect(test.jobs.list().map(({ id }) => id)).toEqual(['b', 'c'])
    await until(() => readdirSync(join(test.folder, 'jobs')).length === 2)
  })

  it('removes files that belong to no job', async () => {
    await using first = await openJobs()
    await first.finish('echo a')
    const stray = join(first.folder, 'jobs', 'abc.0')
    writeFileSync(stray, 'x')
    await using _second = await openJobs({ folder: first.folder, state: first.state })
    expect(existsSync(stray)).toBe(false)
    expect(readdirSync(join(first.folder, 'jobs'))).toHaveLength(1)
  })
})
