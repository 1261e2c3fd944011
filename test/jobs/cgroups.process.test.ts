import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Cgroup } from '../../src/processes/cgroup.js'
import { cgroups, temporaryCgroup } from '../helpers/cgroup.js'
import { copyOf, openJobs, processState, shell, until } from './fixture.js'

/** Nothing but its cgroup shows that it was part of a job: no variable, session, parent or output. */
const TRACELESS = `(env -i setsid sh -c 'echo $$; exec sleep 60 >/dev/null 2>&1' &)`
/** Always another process, which nothing but the cgroup shows either. */
const RESTLESS = `echo 'sleep 0.01; env -i setsid sh "$0" &' > $0; env -i setsid sh $0 </dev/null >/dev/null 2>&1 &`

function jobGroups(group: Cgroup): string[] {
  return readdirSync(group.folder).filter((name) => name.startsWith('job-'))
}

describe.runIf(cgroups !== undefined)('a job with a cgroup', () => {
  it('has all its processes in it, and the environment of any other job', async () => {
    const group = temporaryCgroup()
    await using test = await openJobs({ config: { cgroup: group.folder } })
    const { run, cgroup, results } = await test.finish({
      commands: [shell('cat /proc/self/cgroup; cat /proc/$$/cgroup'), 'env', 'printf "%s|" "a b" $HOME \'c'],
    })
    expect(cgroup).toBe(join(group.folder, `job-${run}`))
    const own = `0::${cgroup?.slice(cgroups?.length)}`
    expect(results[0].output.split('\n').filter((line) => line === own)).toHaveLength(2)
    const names = results[1].output.split('\n').map((line) => line.split('=')[0])
    expect(names.filter((name) => name !== '').sort()).toEqual(
      ['HOME', 'LANG', 'LOGNAME', 'PATH', 'TOCSIN_JOB', 'USER'].sort(),
    )
    expect(results[2].output).toBe("a b|$HOME|'c|")
    expect(jobGroups(group)).toEqual([])
  })

  it('has the code -1 if the program cannot be started', async () => {
    await using test = await openJobs({ config: { cgroup: temporaryCgroup().folder } })
    expect((await test.finish('/no/such/program')).results).toEqual([
      { output: '', code: -1, fault: expect.stringContaining('ENOENT') },
    ])
  })

  it('ends with processes that nothing else could find', async () => {
    const group = temporaryCgroup()
    await using test = await openJobs({ config: { cgroup: group.folder } })
    const job = await test.finish(shell(TRACELESS))
    const pid = Number(job.results[0].output.trim())
    expect(job.left).toEqual({ count: 1, processes: [{ pid, command: 'sleep 60', end: 'asked' }] })
    expect(processState(pid)).toBe(false)
    expect(jobGroups(group)).toEqual([])
  })

  it('ends with processes that are never the same', async () => {
    const group = temporaryCgroup()
    await using test = await openJobs({ config: { cgroup: group.folder, killAfter: '100ms' } })
    await test.start({ id: 'fast', commands: [`sh -c "${RESTLESS} sleep 60" ${join(test.folder, 'again')}`] })
    const folder = (await until(() => test.jobs.find('fast')?.cgroup)) ?? ''
    await until(() => existsSync(join(test.folder, 'again')))
    test.jobs.kill('fast', 'enough')
    await test.finished('fast')
    expect(existsSync(folder)).toBe(false)
  })

  it('ends with them when the hub starts after a crash, and its record names them', async () => {
    const config = { cgroup: temporaryCgroup().folder }
    await using first = await openJobs({ config })
    await first.start({ id: 'leaves', commands: [shell(`${TRACELESS}; sleep 60`)] })
    const pid = Number(await until(() => first.jobs.find('leaves')?.results[0]?.output.trim()))
    await using second = await openJobs({ config, state: await copyOf(first.state), folder: first.folder })
    const job = await second.finished('leaves')
    expect(job.left?.processes.map((each) => each.pid)).toContain(pid)
    expect(processState(pid)).toBe(false)
    expect(existsSync(job.cgroup ?? '')).toBe(false)
  })

  it('keeps it as long as what it has left behind, if that may be kept', async () => {
    const group = temporaryCgroup()
    await using test = await openJobs({ config: { cgroup: group.folder, leftBehind: 'keep' } })
    const job = await test.finish(shell(TRACELESS))
    const [{ pid, end }] = job.left?.processes ?? []
    expect(end).toBe('kept')
    expect(jobGroups(group)).toEqual([`job-${job.run}`])
    process.kill(pid, 'SIGKILL')
    await until(() => !processState(pid))
    await test.finish('true')
    expect(jobGroups(group)).toEqual([])
  })

  it('keeps it between its commands, whatever other jobs finish', async () => {
    const group = temporaryCgroup()
    await using test = await openJobs({ config: { cgroup: group.folder } })
    const commands = Array.from({ length: 10 }, () => 'true')
    const [many] = await Promise.all([
      test.finish({ commands }),
      ...commands.map((each) => test.finish(each)),
    ])
    expect(many.results.map(({ code }) => code)).toEqual(commands.map(() => 0))
  })

  it('can have a user and limits of its own', async () => {
    const config = { cgroup: temporaryCgroup().folder, user: 'games', limits: { files: 32 } }
    await using test = await openJobs({ config })
    const job = await test.finish(shell('id -un; ulimit -n; cat /proc/self/cgroup'))
    expect(job.results[0].output).toMatch(/^games\n32\n/)
    expect(job.results[0].output).toContain(`/job-${job.run}\n`)
  })

  it('names the limits for which it has no controller', async () => {
    const cgroup = temporaryCgroup().folder
    await using test = await openJobs({ config: { cgroup, whole: { memory: '1GiB' } } })
    const { folder, controllers = [], missing } = test.jobs.cgroups ?? {}
    expect(folder).toBe(cgroup)
    expect(missing).toEqual(controllers.includes('memory') ? [] : ['memory'])
  })
})

describe.runIf(cgroups !== undefined)('a cgroup', () => {
  it('is ended on kernels that cannot end it at once, too', async () => {
    const group = temporaryCgroup()
    const below = Cgroup.make(join(group.folder, 'below'))
    for (const { entrance } of [group, below])
      spawn('sh', ['-c', 'echo 0 > "$0"; trap "" TERM; sleep 60 & wait', entrance], { stdio: 'ignore' })
    await until(() => group.processes.length === 4)
    const pids = group.processes
    group.killFrozen()
    await until(() => group.processes.length === 0)
    expect(pids.filter(processState)).toEqual([])
  })
})

it('jobs have none if it is off, or there is no such folder', async () => {
  for (const [cgroup, reason] of [
    ['off', 'jobs.cgroup is off'],
    ['/no/such/cgroup', expect.stringContaining('ENOENT')],
    ['/proc', expect.stringContaining('ENOENT')],
  ]) {
    await using test = await openJobs({ config: { cgroup, whole: { processes: 10 } } })
    expect(test.jobs.cgroups).toEqual({ controllers: [], reason, missing: ['processes'] })
    expect(await test.finish('true')).not.toHaveProperty('cgroup')
  }
})
