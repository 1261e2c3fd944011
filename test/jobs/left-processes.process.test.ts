import { spawn } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { copyOf, IS_SLEEPING, openJobs, processState, shell, type TestJobs, until } from './fixture.js'

/** Ways in which a process leaves the group of its job. Each prints its number, and lasts for a minute. */
const WAYS: Record<string, string> = {
  'in a session of its own': `setsid sh -c 'echo $$; exec sleep 60' & wait`,
  'in a session of its own, without its parent': `setsid -f sh -c 'echo $$; exec sleep 60'`,
  'with an empty environment': `env -i setsid sh -c 'echo $$; exec sleep 60' & wait`,
  'with an empty environment, without its parent': `env -i setsid -f sh -c 'echo $$; exec sleep 60'`,
  'without output, with its parent': `env -i setsid sh -c 'echo $$; exec sleep 60 >/dev/null 2>&1' & wait`,
  'without output, as daemons are': `setsid -f sh -c 'echo $$; exec sleep 60 >/dev/null 2>&1'`,
  'in a group of its own': `set -m; sh -c 'echo $$; exec sleep 60 >/dev/null 2>&1' & ${IS_SLEEPING}`,
  'in a group of its own, with nothing but the session': `set -m; (env -i sh -c 'echo $$; exec sleep 60 >/dev/null 2>&1' & ${IS_SLEEPING})`,
  'below another one that has left': `setsid -f sh -c 'env -i sh -c "echo \\$\\$; exec sleep 60 >/dev/null 2>&1"'`,
  'and ignores TERM': `setsid -f sh -c 'trap "" TERM; echo $$; while :; do sleep 60; done'`,
  'and is stopped': `setsid -f sh -c 'echo $$; kill -STOP $$'`,
}

async function startLeaving({ start, jobs }: TestJobs, way: string, then = ''): Promise<number> {
  await start({ id: 'leaves', commands: [shell(`${WAYS[way]}${then}`)] })
  return Number(await until(() => jobs.find('leaves')?.results[0]?.output.trim()))
}

/** A pause in which the job does not end by itself. */
const LASTS = '; sleep 60'

describe.each(Object.keys(WAYS))('a process that has left its job %s', (way) => {
  it('is ended with the job when that is killed, and its record names it', async () => {
    await using test = await openJobs()
    const pid = await startLeaving(test, way, LASTS)
    test.jobs.kill('leaves', 'enough')
    const { left } = await test.finished('leaves')
    expect(left?.processes.map((each) => each.pid) ?? []).toContain(pid)
    expect(processState(pid)).toBe(false)
  })

  // Nothing tells the others from foreign processes when their parent has ended, but for a cgroup.
  if (!way.endsWith('with its parent'))
    it('is ended when the commands have ended', async () => {
      await using test = await openJobs()
      const job = await test.finish(shell(WAYS[way].replace(/ & wait$/, ` & ${IS_SLEEPING}`)))
      const pid = Number(job.results[0].output.trim())
      expect(job.left?.processes.map((each) => each.pid) ?? []).toContain(pid)
      expect(job.reason).toBeUndefined()
      expect(processState(pid)).toBe(false)
    })

  it('is ended when the hub starts after a crash, and the record names it', async () => {
    await using first = await openJobs()
    const pid = await startLeaving(first, way, LASTS)
    await until(() => first.jobs.find('leaves')?.trace)
    await using second = await openJobs({ state: await copyOf(first.state), folder: first.folder })
    const job = await second.finished('leaves')
    expect(job.reason).toContain('processes that were left have been ended')
    expect(job.left?.processes.map((each) => each.pid)).toContain(pid)
    expect(processState(pid)).toBe(false)
  })
})

it('a process of somebody else is never taken for one of a job', async () => {
  const other = spawn('setsid', ['sleep', '60'], { stdio: 'ignore' })
  try {
    await using test = await openJobs()
    await test.start({ id: 'one', commands: ['sleep 60'] })
    await until(() => test.jobs.find('one')?.trace)
    test.jobs.kill('one', 'enough')
    expect(await test.finished('one')).not.toHaveProperty('left')
    expect(processState(other.pid!)).toBe(true)
  } finally {
    other.kill('SIGKILL')
  }
})

it('what a job has left behind can be kept, and is named', async () => {
  await using test = await openJobs({ config: { leftBehind: 'keep' } })
  const job = await test.finish(shell(WAYS['without output, as daemons are']))
  const pid = Number(job.results[0].output.trim())
  try {
    expect(job.left).toEqual({ count: 1, processes: [{ pid, command: 'sleep 60', end: 'kept' }] })
    expect(processState(pid)).toBe(true)
    await using _second = await openJobs({ state: await copyOf(test.state), folder: test.folder })
    expect(processState(pid)).toBe(true)
  } finally {
    process.kill(pid, 'SIGKILL')
  }
})
