import { afterAll, beforeAll, expect, it } from 'vitest'
import { commandOf } from '../../../../src/cli/commands/job/run-job.js'
import { startTestHub, type TestHub } from '../../../../src/hub/testing.js'
import { splitCommand } from '../../../../src/jobs/split-command.js'
import { RunningCommand, runCommand } from '../../../helpers/run-cli.js'

let hub: TestHub

beforeAll(async () => {
  hub = await startTestHub({
    config: { jobs: { programs: ['echo', 'sh', 'sleep', 'false'], killAfter: '300ms', file: '1MiB' } },
  })
})
afterAll(() => hub?.close())

const words = (...rest: string[]) => ['job', rest[0], '--url', hub.address, ...rest.slice(1)]
const run = (...rest: string[]) => runCommand(words(...rest))

it('run prints the id of the job, and follow all of its output', async () => {
  expect(await run('run', '--id', 'a', 'echo', '-n', 'two words', '$HOME')).toEqual({
    code: 0,
    stdout: 'a\n',
    stderr: '',
  })
  expect(await run('follow', 'a')).toEqual({ code: 0, stdout: 'two words $HOME', stderr: '' })
})

it('run --follow prints the output, and fails if the job fails', async () => {
  expect(await run('run', '-f', 'sh', '-c', 'echo out; echo err >&2')).toEqual({
    code: 0,
    stdout: 'out\nerr\n',
    stderr: '',
  })
  const failed = await run(
    'run',
    '-f',
    '--id',
    'bad',
    '-c',
    'echo one',
    '-c',
    'sh -c "exit 3"',
    '-c',
    'echo two',
  )
  expect(failed).toEqual({
    code: 1,
    stdout: 'one\n',
    stderr: 'tocsin: job bad: sh -c "exit 3" ended with code 3\n',
  })
})

it('follow shows output as it comes, and leaves the job alone when it is interrupted', async () => {
  await run('run', '--id', 'slow', 'sh', '-c', 'echo begun; sleep 60')
  const following = new RunningCommand(words('follow', 'slow'))
  await following.prints('begun\n')
  await following.interrupt()
  expect((await run('show', 'slow')).stdout).toMatch(/^state +running$/m)
  expect(await run('kill', 'slow')).toEqual({ code: 0, stdout: '', stderr: '' })
  expect(await run('follow', 'slow')).toEqual({
    code: 1,
    stdout: 'begun\n',
    stderr: 'tocsin: job slow: killed by admin; sh -c "echo begun; sleep 60" ended with code 15\n',
  })
})

it('follow says once that output is left out, and at the end how much', async () => {
  await run('run', '--id', 'long', 'sh', '-c', 'yes | head -c 5000000')
  await run('follow', 'long')
  const { stdout, stderr } = await run('follow', 'long')
  const left = /^tocsin: parts of the output are left out, (\S+ MiB) in all$/m
  expect(stderr.split('\n').filter((line) => line.includes('left out'))).toHaveLength(2)
  expect(stderr).toMatch(left)
  expect(stdout.length).toBeLessThan(1.1 * 2 ** 20)
})

it('list and show tell what became of jobs', async () => {
  await run('run', '--id', 'first', '--queue', 'q', 'sleep', '60')
  await run('run', '--id', 'second', '--queue', 'q', 'echo', 'x')
  const list = (await run('list')).stdout
  expect(list).toMatch(/^ID +STATE +QUEUE +BY +AGE +TOOK +COMMANDS$/m)
  expect(list).toMatch(/^second +pending \(1\) +q +admin/m)
  expect(list).toMatch(/^bad +failed \(3\) +admin .*echo one; sh -c "exit 3"; echo two$/m)
  expect(list).toMatch(/^slow +cut short/m)
  const running = (await run('list', '--only', 'running', '--format', 'json')).stdout
  expect(
    running
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).id),
  ).toEqual(['first'])
  await run('kill', 'first', 'second')
  const shown = (await run('show', 'bad')).stdout
  expect(shown).toMatch(/^state +failed \(3\)$/m)
  expect(shown).toMatch(
    /\n\$ echo one\none\n\n\$ sh -c "exit 3" {4}\(code 3\)\n\n\$ echo two {4}\(not run\)\n$/,
  )
})

it('reports refusals with their exit codes', async () => {
  expect(await run('run', 'cat', 'x')).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('TCN_JOB_PROGRAM'),
  })
  expect(await run('kill', 'none')).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('TCN_JOB_UNKNOWN'),
  })
  expect(await run('run')).toMatchObject({ code: 2 })
  expect(await run('run', '-c', 'echo', 'echo')).toMatchObject({ code: 2 })
  expect(await run('run', 'echo', '')).toMatchObject({ code: 2 })
})

it.each([[['echo', 'a b', '"', 'a"b', '"x y"', '""', 'a\tb', "'"]], [['a']]])(
  'quotes words so that the hub splits them into the same words',
  (given) => {
    expect(splitCommand(commandOf(given))).toEqual(given)
  },
)
