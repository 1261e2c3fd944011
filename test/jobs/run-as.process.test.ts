import { afterEach, describe, expect, it, vi } from 'vitest'
import { jobsConfig } from '../../src/jobs/config.js'
import { openJobs } from './fixture.js'

afterEach(() => void vi.restoreAllMocks())

const isRoot = process.getuid?.() === 0

describe.runIf(isRoot)('a job with a user of its own', () => {
  it('has the rights, the groups and the variables of this user', async () => {
    await using test = await openJobs({ config: { user: 'games' } })
    const { results } = await test.finish({ commands: ['id -u', 'id -Gn', 'env'] })
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0])
    expect(results[0].output).toBe('5\n')
    expect(results[1].output).toBe('games\n')
    const variables = results[2].output.split('\n')
    expect(variables).toEqual(expect.arrayContaining(['HOME=/usr/games', 'USER=games', 'LOGNAME=games']))
  })

  it('has no capability and cannot become root again', async () => {
    await using test = await openJobs({ config: { user: 'games' } })
    const { results } = await test.finish('grep -E ^(Cap|Uid|Gid|Groups) /proc/self/status')
    expect(results[0].output).toMatch(/^Uid:\t5\t5\t5\t5\nGid:\t60\t60\t60\t60\nGroups:\t60 \n/)
    expect(results[0].output).toMatch(/CapInh:\t0+\nCapPrm:\t0+\nCapEff:\t0+\n/)
  })

  it('is ended by the hub like any other', async () => {
    await using test = await openJobs({ config: { user: 'games' } })
    const job = await test.finish({ commands: ['setsid --wait sleep 60'], timeLimit: 300 })
    expect(job).toMatchObject({ reason: 'it ran longer than 0.3 s' })
  })

  it('can have it for one program, and a group', async () => {
    await using test = await openJobs({ config: { per: { id: { user: 'games', group: 'daemon' } } } })
    const { results } = await test.finish({ commands: ['id -un', 'id -gn', 'whoami'] })
    expect(results.map(({ output }) => output)).toEqual(['games\n', 'daemon\n', 'root\n'])
  })

  it('fails if there is no such user', async () => {
    await using test = await openJobs({ config: { user: 'no-such-user' } })
    expect((await test.finish('id')).results).toEqual([
      { output: '', code: -1, fault: 'there is no user no-such-user' },
    ])
  })
})

it('a user is refused unless the hub runs as root', () => {
  vi.spyOn(process, 'getuid').mockReturnValue(1000)
  expect(() => jobsConfig.parse({ user: 'games' })).toThrow('requires a hub that runs as root')
})

describe('limits of a job', () => {
  it('end a program that takes too much processor time', async () => {
    await using test = await openJobs({ config: { limits: { cpu: '1s' } } })
    const { results } = await test.finish('sh -c "while :; do :; done"')
    expect(results[0]).toMatchObject({ signal: 'SIGXCPU' })
  })

  it('hold for memory, files and processes, of all programs or of one', async () => {
    const limits = { memory: '64MiB', files: 32, processes: 4000 }
    await using test = await openJobs({ config: { limits, per: { cat: { limits: { files: 40 } } } } })
    const { results } = await test.finish({
      commands: ['sh -c "ulimit -v; ulimit -n"', 'cat /proc/self/limits'],
    })
    expect(results[0].output).toBe('65536\n32\n')
    expect(results[1].output).toMatch(/Max open files +40 +40/)
    expect(results[1].output).toMatch(/Max processes +4000 +4000/)
    expect(results[1].output).toMatch(/Max address space +67108864 +67108864/)
  })
})
