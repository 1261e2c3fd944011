import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { jobsConfig } from '../../src/jobs/config.js'
import { IS_SLEEPING, openJobs, processState, shell, type TestJobs, until } from './fixture.js'

/** The command of a stray, also before its shell is replaced. */
const SLEEPS = expect.stringContaining('sleep 60')
const STRAY = `setsid -f sh -c 'echo $$; exec sleep 60'`
const STUBBORN_STRAY = `setsid -f sh -c 'trap "" TERM; echo $$; while :; do sleep 60; done'`
/** The main program of a job, which ignores TERM. */
const STUBBORN = `trap "" TERM; echo $$; while :; do sleep 60; done`
/** A process that nothing shows once its parent has ended. */
const SOON_TRACELESS = `env -i setsid sh -c 'echo $$; exec sleep 60 >/dev/null 2>&1' &`

/** Starts a job whose processes print their numbers. Resolves with these. */
async function startPrinting({ start, jobs }: TestJobs, count: number, ...scripts: string[]) {
  await start({ id: 'job', commands: scripts.map(shell) })
  const printed = () => jobs.find('job')?.results[0]?.output.match(/^\d+$/gm) ?? []
  return (await until(() => printed().length === count && printed())).map(Number)
}

describe('what has left the groups of a job', () => {
  it('is asked to end at the same time as the job, not after it', async () => {
    await using test = await openJobs({ config: { killAfter: '5m' } })
    const pids = await startPrinting(test, 2, `${STRAY}; ${STUBBORN}`)
    test.jobs.kill('job', 'enough')
    const isLeft = (pid: number) => test.jobs.find('job')?.left?.processes.some((each) => each.pid === pid)
    const stray = await until(() => pids.find(isLeft))
    const [main] = pids.filter((pid) => pid !== stray)
    await until(() => !processState(stray))
    expect(processState(main)).toBe(true)
    expect(test.jobs.find('job')?.state).toBe('running')
    process.kill(-main, 'SIGKILL')
    expect((await test.finished('job')).left?.processes).toEqual([
      { pid: stray, command: SLEEPS, end: 'asked' },
    ])
  })

  it('is ended earlier if the job is killed once more, with less time', async () => {
    await using test = await openJobs({ config: { killAfter: '5m' } })
    const pids = await startPrinting(test, 2, `${STUBBORN_STRAY}; ${STUBBORN}`)
    test.jobs.kill('job', 'enough')
    await until(() => test.jobs.find('job')?.left)
    test.jobs.configure(jobsConfig.parse({ programs: '*', killAfter: '100ms' }))
    test.jobs.kill('job', 'enough of it')
    const { left, reason } = await test.finished('job')
    expect(reason).toBe('enough')
    expect(left?.processes.find(({ pid }) => pids.includes(pid))?.end).toBe('killed')
    expect(pids.filter(processState)).toEqual([])
  })

  it('has no more time after KILL is due if the job ends with another command', async () => {
    await using test = await openJobs({ config: { killAfter: '100ms' } })
    const [pid] = await startPrinting(test, 1, STUBBORN_STRAY)
    const { left } = await test.finished('job')
    expect(left?.processes.find((each) => each.pid === pid)?.end).toBe('killed')
    expect(processState(pid)).toBe(false)
  })

  it('ends when the time of the job is over', async () => {
    await using test = await openJobs({ config: { killAfter: '5m' } })
    const { left, reason } = await test.finish({
      commands: [shell(`${STRAY}; sleep 60`)],
      timeLimit: 3000,
    })
    expect(reason).toBe('it ran longer than 3 s')
    expect(left?.processes).toEqual([{ pid: expect.any(Number), command: SLEEPS, end: 'asked' }])
    expect(processState(left!.processes[0].pid)).toBe(false)
  })

  it('ends when the hub stops', async () => {
    await using test = await openJobs({ config: { killAfter: '5m' } })
    const [pid] = await startPrinting(test, 1, `${STRAY}; sleep 60`)
    await test.jobs.stop()
    const job = await test.finished('job')
    expect(job.reason).toBe('the hub stopped')
    expect(job.left?.processes).toEqual([{ pid, command: SLEEPS, end: 'asked' }])
    expect(processState(pid)).toBe(false)
  })

  it('is named in the last event of the job', async () => {
    await using test = await openJobs({ config: { killAfter: '5m' } })
    const [pid] = await startPrinting(test, 1, `${STRAY}; sleep 60`)
    test.jobs.kill('job', 'enough')
    await test.finished('job')
    const left = [expect.stringMatching(`^${pid} asked: .*sleep 60`)]
    expect(test.events.at(-1)?.data).toMatchObject({ state: 'finished', left })
  })
})

describe('the hub looks for what leaves a job', () => {
  it('while the job runs', async () => {
    await using test = await openJobs()
    const flag = join(test.folder, 'flag')
    const [pid] = await startPrinting(
      test,
      1,
      `${SOON_TRACELESS} while [ ! -e ${flag} ]; do sleep 0.05; done`,
    )
    await until(() => test.jobs.find('job')?.trace?.known.some((each) => each.pid === pid))
    writeFileSync(flag, '')
    expect((await test.finished('job')).left?.processes.map((each) => each.pid)).toEqual([pid])
    expect(processState(pid)).toBe(false)
  })

  it('at the end of each command', async () => {
    await using test = await openJobs()
    // Its session shows it, as long as the leader is known to have been that of the command.
    const inSession = `set -m; (env -i sh -c 'echo $$; exec sleep 60 >/dev/null 2>&1' & ${IS_SLEEPING})`
    const [pid] = await startPrinting(test, 1, inSession, 'true')
    expect((await test.finished('job')).left?.processes.map((each) => each.pid)).toEqual([pid])
    expect(processState(pid)).toBe(false)
  })
})
