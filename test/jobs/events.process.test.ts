import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Job } from '../../src/jobs/index.js'
import { jobEvent, jobTypes } from '../../src/jobs/job-event.js'
import { readEvent } from '../../src/protocols/sysadm/client/events.js'
import { JobOutput } from '../../src/protocols/sysadm/client/job-output.js'
import { openMemoryState, type StateStore } from '../../src/state/index.js'
import { TypeRegistry } from '../../src/types/index.js'
import { realRuntime } from '../helpers/real-runtime.js'
import { openJobs, shell, until, waitsFor } from './fixture.js'

const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/)

it('publishes that a job waits, begins and has finished, in the words of SysAdm', async () => {
  await using test = await openJobs()
  await test.finish({ id: 'procID1', commands: ['echo sample1', 'false', 'echo never'] })
  const cmd_list = ['echo sample1', 'false', 'echo never']
  const attributes = { owner: 'ops' }
  expect(test.events).toEqual([
    {
      tag: 'sysadm/dispatcher/procID1',
      attributes,
      data: { process_id: 'procID1', state: 'pending', cmd_list },
    },
    {
      tag: 'sysadm/dispatcher/procID1',
      attributes,
      data: {
        process_id: 'procID1',
        state: 'running',
        cmd_list,
        current_cmd: 'echo sample1',
        time_started: time,
      },
    },
    {
      tag: 'sysadm/dispatcher/procID1',
      attributes,
      data: {
        process_id: 'procID1',
        state: 'running',
        cmd_list,
        current_cmd: 'echo sample1',
        'echo sample1': 'sample1\n',
        time_started: time,
      },
    },
    {
      tag: 'sysadm/dispatcher/procID1',
      attributes,
      data: {
        process_id: 'procID1',
        state: 'running',
        cmd_list,
        current_cmd: 'echo sample1',
        'echo sample1': 'sample1\n',
        'return_codes/echo sample1': '0',
        time_started: time,
      },
    },
    {
      tag: 'sysadm/dispatcher/procID1',
      attributes,
      data: {
        process_id: 'procID1',
        state: 'finished',
        cmd_list,
        'echo sample1': 'sample1\n',
        false: '',
        'return_codes/echo sample1': '0',
        'return_codes/false': '1',
        time_started: time,
        time_finished: time,
      },
    },
  ])
  for (const tag of ['sysadm/dispatcher/procID1', 'host/nas1/sysadm/dispatcher/procID1'])
    expect(new TypeRegistry(jobTypes).typeOf(tag)).toBe('sysadm.dispatcher')
})

it('names the signal that ended the last command', async () => {
  await using test = await openJobs()
  const job = await test.finish({ id: 'shot', commands: ['sh -c "kill -9 $$"'] })
  expect(job.results).toEqual([{ output: '', code: 9, signal: 'SIGKILL' }])
  expect(test.events.at(-1)?.data).toMatchObject({ state: 'finished', signal: 'SIGKILL' })
  const [code] = Object.entries(test.events.at(-1)?.data ?? {}).filter(([key]) => key.startsWith('return_'))
  expect(code[1]).toBe('9')
})

it('publishes new output one second after it has come and at the end, and each of it once', async () => {
  await using test = await openJobs()
  const [first, second] = ['first', 'second'].map((name) => join(test.folder, name))
  const command = shell(`echo a; echo b; ${waitsFor(first)}; echo c; ${waitsFor(second)}; echo d`)
  await test.start({ id: 'slow', commands: [command] })
  const texts = () => test.events.filter(({ data }) => command in data).map(({ data }) => data[command])
  await until(() => texts().length === 1)
  writeFileSync(first, '')
  await until(() => texts().length === 2)
  writeFileSync(second, '')
  await test.finished('slow')
  expect(texts().slice(0, -1)).toEqual(['a\nb\n', 'c\n', 'd\n'])
  expect(test.events.at(-1)?.data[command]).toBe('a\nb\nc\nd\n')
})

it('gives no output of a command to the next one', async () => {
  await using test = await openJobs()
  await test.finish({ id: 'sysadm_pkg_install-{1}', commands: ['echo one', 'sh -c "echo two; sleep 1.2"'] })
  const details = test.events.map(({ data }) => data.process_details as Record<string, unknown>)
  const texts = details
    .filter((each) => 'current_cmd' in each && (each.current_cmd as string) in each)
    .map((each) => [each.current_cmd, each[each.current_cmd as string], each['echo one']])
  expect(texts).toEqual([
    ['echo one', 'one\n', 'one\n'],
    ['echo one', 'one\n', 'one\n'],
    ['sh -c "echo two; sleep 1.2"', 'two\n', 'one\n'],
  ])
})

it('gives clients each part of the output once, also where all of it has no middle', async () => {
  await using test = await openJobs({ config: { output: '4KiB' } })
  const commands = ['seq 1 500', 'sh -c "seq 501 900; sleep 1.2; seq 901 1200"', 'true', 'true']
  const { results } = await test.finish({ id: 'long', commands })
  const output = new JobOutput()
  const pieces = test.events
    .map(({ data }) => readEvent('dispatcher', data))
    .flatMap((event) => (event.class === 'dispatcher' ? output.take(event) : []))
  const numbers = Array.from({ length: 1200 }, (_, index) => `${index + 1}\n`)
  expect(pieces.map(({ text }) => text).join('')).toBe(numbers.join(''))
  expect(results[0].output).toContain('characters left out')
})

it('has new output of a command that was given twice once, in its second run too', async () => {
  await using test = await openJobs()
  const path = join(test.folder, 'go-on')
  const command = shell(`echo a; ${waitsFor(path)}; rm ${path}; echo b`)
  await test.start({ id: 'twice', commands: [command, command] })
  const texts = () => test.events.filter(({ data }) => command in data).map(({ data }) => data[command])
  for (const told of [1, 4]) {
    await until(() => texts().length === told)
    writeFileSync(path, '')
  }
  await test.finished('twice')
  expect(texts()).toEqual(['a\n', 'b\n', 'a\nb\n', 'a\n', 'b\n', 'a\nb\na\nb\n'])
})

describe('an event of progress', () => {
  const commands = ['one', 'two', 'three']
  const running = (...results: Job['results']): Job => ({ ...job('j', '', 'running'), commands, results })

  it('has what is new of the command that runs, and all of those that have ended', () => {
    const runs = running({ output: '1\n', code: 0 }, { output: '2\n', code: 0 }, { output: 'old new' })
    expect(jobEvent(runs, { command: 'three', text: 'new' })).toMatchObject({
      one: '1\n',
      two: '2\n',
      three: 'new',
      'return_codes/one': '0',
      'return_codes/two': '0',
    })
  })

  it('has all of a command that has just ended, also in the fields of its class', () => {
    const ended = { ...running({ output: 'old new', code: 0 }), id: 'sysadm_pkg_install-{1}' }
    expect(jobEvent(ended, { command: 'one', text: 'new' })).toMatchObject({
      pkg_log: 'old new',
      process_details: { one: 'old new' },
    })
  })

  it('has only what is new of a command that runs again, and all of both runs at its end', () => {
    const again = (...results: Job['results']) => ({ ...running(...results), commands: ['one', 'one'] })
    const runs = jobEvent(again({ output: '1\n', code: 0 }, { output: 'old new' }), {
      command: 'one',
      text: 'new',
    })
    expect(runs).toMatchObject({ one: 'new' })
    expect(runs).not.toHaveProperty('return_codes/one')
    const ended = again({ output: '1\n', code: 0 }, { output: 'old new', code: 3 })
    expect(jobEvent(ended, { command: 'one', text: '' })).toMatchObject({
      one: '1\nold new',
      'return_codes/one': '3',
    })
  })

  it('has the outputs of as many of the latest commands as there is space for', () => {
    const long = { output: 'x'.repeat(10_000), code: 0 }
    const event = jobEvent(running(long, long, { output: '' }), { command: 'three', text: 'new' })
    expect(Object.keys(event).filter((key) => commands.includes(key))).toEqual(['two', 'three'])
  })
})

it('makes the id of a job one segment of the tag', async () => {
  await using test = await openJobs()
  await test.finish({ id: 'a/b %', commands: ['true'] })
  expect(test.events[0].tag).toBe('sysadm/dispatcher/a%2Fb %25')
})

it('publishes in order what the log has refused at first', async () => {
  let refusals = 2
  await using test = await openJobs({ publish: () => refusals-- <= 0 })
  await test.finish({ id: 'a', commands: ['true'] })
  expect(test.events.map(({ data }) => data.state)).toEqual(['pending', 'running', 'finished'])
})

const job = (id: string, output: string, state: Job['state'] = 'finished', command = 'cmd'): Job => ({
  id,
  run: '00',
  commands: [command],
  queue: 'no_queue',
  by: 'ops',
  state,
  created: 0,
  results: [{ output, code: 0 }],
  outputBytes: output.length,
  partBytes: 1,
})

it.each([
  ['sysadm_pkg_install-{u}', 'sysadm/pkg', { pkg_log: 'text', action: 'pkg_install' }],
  [
    'sysadm_pkg_check_upgrade-{u}',
    'sysadm/pkg',
    { pkg_log: 'text', action: 'pkg_check_upgrade', updates_available: 'true' },
  ],
  ['sysadm_update_runupdates::{u}', 'sysadm/update', { update_log: 'text' }],
  ['sysadm_sourcectl_downloadsource::{u}', 'sysadm/sourcectl', { update_log: 'text' }],
  ['sysadm_iohyve_fetch::{u}', 'sysadm/iohyve', {}],
])('wraps the events of %s with the fields of %s', (id, event_system, fields) => {
  const { process_details, ...rest } = jobEvent(job(id, 'text'))
  expect(rest).toEqual({ event_system, state: 'finished', ...fields })
  expect(process_details).toMatchObject({ process_id: id, cmd: 'text', 'return_codes/cmd': '0' })
})

it.each([
  'sysadm_update_checkupdates',
  'sysadm_iocage_fetch_release_12',
  'internal_sysadm_pkg_repo_update_sync',
  '{0c1d}',
])('does not wrap the events of %s', (id) => {
  expect(jobEvent(job(id, 'text'))).not.toHaveProperty('event_system')
})

it('says whether there are updates, which packages are vulnerable, and how far a download is', () => {
  expect(jobEvent(job('sysadm_pkg_check_upgrade-1', 'x\nYour packages are up to date.\n'))).toMatchObject({
    updates_available: 'false',
  })
  const audit = 'Packages that depend on curl: git, php\nPackages that depend on zlib: git\nother\n'
  expect(jobEvent(job('sysadm_pkg_audit-1', audit))).toMatchObject({
    vulnerable_pkgs: ['curl', 'zlib'],
    impacts_pkgs: ['git', 'php'],
  })
  const fetch = 'a.iso\t1% of 700 MB\t2 MBps\na.iso\t55% of 700 MB\t3 MBps\t01m\n\n'
  expect(jobEvent(job('sysadm_iohyve_fetch::1', fetch))).toMatchObject({
    filename: 'a.iso',
    percent_done: '55% of 700 MB',
    download_rate: '3 MBps\t01m',
  })
})

it('lets no command hide a field of the event', () => {
  expect(jobEvent(job('j', 'text', 'finished', 'process_id'))).toMatchObject({
    process_id: 'j',
    state: 'finished',
  })
})

/** The records as a crash leaves them, whatever the first runner goes on to write. */
async function copyOf(state: StateStore): Promise<StateStore> {
  const copy = openMemoryState({ runtime: realRuntime })
  for await (const { key, value } of state.bucket('jobs').list()) await copy.bucket('jobs').put(key, value)
  return copy
}

it('finishes with a reason what a crash has cut short, and ends the processes that are left', async () => {
  const first = await openJobs()
  await first.start({ id: 'long', queue: 'q', commands: ['sh -c "echo begun; echo $$; sleep 60"'] })
  await first.start({ id: 'next', queue: 'q', commands: ['echo next'] })
  const pid = Number(await until(() => first.jobs.find('long')?.results[0]?.output.split('\n')[1]))
  await until(() => first.events.some(({ data }) => Object.values(data).includes(`begun\n${pid}\n`)))
  await using second = await openJobs({ state: await copyOf(first.state), folder: first.folder })
  const long = await second.finished('long')
  expect(long).toMatchObject({ state: 'finished', results: [{ output: `begun\n${pid}\n` }] })
  expect(long.reason).toMatch(/^the hub ended while it ran; [12] processes that were left have been ended$/)
  expect(await second.finished('next')).toMatchObject({
    reason: 'the hub ended before its turn',
    results: [],
  })
  await until(() => second.events.length === 2)
  expect(second.events.map(({ data }) => [data.process_id, data.state, data.reason])).toEqual(
    expect.arrayContaining([
      ['long', 'finished', long.reason],
      ['next', 'finished', 'the hub ended before its turn'],
    ]),
  )
  const output = await second.jobs.output(long, 0, 1000)
  expect(Buffer.from(output!.bytes).toString()).toBe(`begun\n${pid}\n`)
  await first.jobs.stop()
})

it('has no finished record of a job before the event of its end is on the disk', async () => {
  let flush = (): void => undefined
  const settled = () => new Promise<void>((resolve) => (flush = resolve))
  await using first = await openJobs({ settled })
  await first.start({ id: 'short', commands: ['true'] })
  await until(() => first.events.some(({ data }) => data.state === 'finished'))
  await using second = await openJobs({ state: await copyOf(first.state) })
  await second.finished('short')
  expect(second.events).toMatchObject([{ data: { process_id: 'short', state: 'finished' } }])
  flush()
  await first.finished('short')
  await until(() => first.jobs.list().length === 1)
  await using third = await openJobs({ state: await copyOf(first.state) })
  expect(third.jobs.find('short')).toMatchObject({ state: 'finished', results: [{ code: 0 }] })
  expect(third.events).toEqual([])
})

it('ends all jobs when the hub stops, also one that ignores TERM', async () => {
  const test = await openJobs({ config: { killAfter: '1m' } })
  await test.start({
    id: 'a',
    queue: 'q',
    commands: [`sh -c "trap '' TERM; echo ready; sleep 60; sleep 60"`],
  })
  await test.start({ id: 'b', queue: 'q', commands: ['echo b'] })
  await until(() => test.jobs.find('a')?.results[0]?.output)
  await test.jobs.stop()
  expect(test.jobs.find('a')).toMatchObject({
    state: 'finished',
    reason: 'the hub stopped',
    results: [{ code: 9 }],
  })
  expect(test.jobs.find('b')).toMatchObject({ state: 'finished', reason: 'the hub stopped' })
  expect(test.events.filter(({ data }) => data.state === 'finished')).toHaveLength(2)
  await expect(test.start('echo')).rejects.toMatchObject({ code: 'TCN_JOB_STOPPING' })
  await test[Symbol.asyncDispose]()
})
