import { type ChildProcess, spawn } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { TocsinError } from '../../../src/errors/tocsin-error.js'
import type { FaceHost } from '../../../src/faces/face.js'
import type { ListedJob } from '../../../src/faces/sysadm/requests/dispatcher.js'
import { type Method, method } from '../../../src/methods/method.js'
import { dispatcherTag } from '../../../src/protocols/sysadm/codec/classes.js'
import { type SysadmClient, type SysadmFixture, startSysadm } from './fixture.js'

const jobs = new Map<string, { job: ListedJob; child: ChildProcess }>()

/** Runs the first command of each job, which is enough to serve the methods that the face calls. */
function smallRunner({ publish }: FaceHost): Method[] {
  const run = method({
    name: 'jobs.run',
    summary: 'Runs a job.',
    right: 'see',
    params: z.object({ id: z.string(), commands: z.array(z.string()), queue: z.string() }),
    async run(_call, { id, commands, queue }) {
      const [command] = commands
      const [program, ...args] = command.split(' ')
      const child = spawn(program, args)
      jobs.set(id, { job: { id, commands, queue, state: 'running' }, child })
      publish({ tag: dispatcherTag(id), data: { process_id: id, state: 'running', cmd_list: commands } })
      let output = ''
      child.stdout.on('data', (data) => {
        output += data
      })
      child.on('close', (code) => {
        jobs.delete(id)
        const data = { process_id: id, state: 'finished', cmd_list: commands, [command]: output }
        publish({
          tag: dispatcherTag(id),
          data: { ...data, [`return_codes/${command}`]: String(code ?? -1) },
        })
      })
    },
  })
  const list = method({
    name: 'jobs.list',
    summary: 'Lists jobs.',
    right: 'see',
    params: z.object({ state: z.string(), limit: z.number() }),
    run: async (_call, { state }) => ({
      jobs: [...jobs.values()].map(({ job }) => job).filter((job) => job.state === state),
      more: false,
    }),
  })
  const kill = method({
    name: 'jobs.kill',
    summary: 'Ends jobs.',
    right: 'see',
    params: z.object({ ids: z.array(z.string()) }),
    async run(_call, { ids }) {
      const chosen = ids.map((id) => jobs.get(id))
      for (const each of chosen) {
        if (each === undefined) throw new TocsinError('TCN_METHOD_PARAMS', 'there is no such job')
        each.child.kill()
      }
      return { jobs: chosen }
    },
  })
  return [run, list, kill]
}

const withJobs = (host: FaceHost) => ({
  methods: new Map([...host.methods, ...smallRunner(host).map((each) => [each.name, each] as const)]),
})

let fixture: SysadmFixture
beforeAll(async () => {
  fixture = await startSysadm({ host: withJobs })
})
afterAll(() => fixture[Symbol.asyncDispose]())

const ask = (client: SysadmClient, args: unknown) =>
  client.ask(JSON.stringify({ namespace: 'rpc', name: 'dispatcher', id: 'd', args }))
const reply = (args: string) => `{"args":${args},"id":"d","name":"response","namespace":"rpc"}`
const error = (code: string, message: string) =>
  `{"args":{"code":"${code}","message":"${message}"},"id":"d","name":"error","namespace":"error"}`

async function watcher(): Promise<SysadmClient> {
  const client = await fixture.login()
  await client.ask('{"namespace":"events","name":"subscribe","id":"s","args":"dispatcher"}')
  return client
}

describe('the dispatcher', () => {
  it('runs a job, and its two events are those of the genuine server', async () => {
    const [client, seen] = [await fixture.login(), await watcher()]
    expect(await ask(client, { action: 'run', procID1: 'echo sample1' })).toBe(
      reply('{"started":["procID1"]}'),
    )
    expect(await seen.next()).toBe(
      '{"args":{"process_id":"procID1","state":"running"},"id":"","name":"dispatcher","namespace":"events"}',
    )
    expect(await seen.next()).toBe(
      '{"args":{"cmd_list":["echo sample1"],"echo sample1":"sample1\\n","process_id":"procID1",' +
        '"return_codes/echo sample1":"0","state":"finished"},"id":"","name":"dispatcher","namespace":"events"}',
    )
  })

  it('runs several, in the order of their ids, and skips what is neither text nor a list', async () => {
    const client = await fixture.login()
    const args = { b: 'true', action: 'run', a: ['true', 'true'], c: 7, d: null, e: {} }
    expect(await ask(client, args)).toBe(reply('{"started":["a","b"]}'))
  })

  it('lists a running job by its queue, and kills it', async () => {
    const [client, seen] = [await fixture.login(), await watcher()]
    await ask(client, { action: 'run', longjob: 'sleep 300' })
    await seen.next()
    expect(await ask(client, { action: 'list' })).toBe(
      reply('{"jobs":{"no_queue":{"longjob":{"commands":["sleep 300"],"state":"running"}}}}'),
    )
    jobs.set('waiting', {
      job: { id: 'waiting', commands: ['true'], queue: 'pkg_queue', state: 'pending', position: 0 },
      child: spawn('true'),
    })
    expect(await ask(client, { action: 'list' })).toBe(
      reply(
        '{"jobs":{"no_queue":{"longjob":{"commands":["sleep 300"],"state":"running"}},' +
          '"pkg_queue":{"waiting":{"commands":["true"],"queue_position":"0","state":"pending"}}}}',
      ),
    )
    jobs.delete('waiting')
    expect(await ask(client, { action: 'kill', job_id: 'longjob' })).toBe(
      reply('{"killed":{"jobs":["longjob"]}}'),
    )
    expect(await seen.next()).toContain('"return_codes/sleep 300":"-1"')
    expect(await ask(client, { action: 'kill', job_id: ['longjob', 7, 'none'] })).toBe(
      reply('{"killed":{"jobs":[]}}'),
    )
    expect(await ask(client, { action: 'list' })).toBe(reply('{"jobs":{"no_queue":{}}}'))
  })

  it('lets those with limited rights only look', async () => {
    const client = await fixture.login('operator')
    expect(await ask(client, { action: 'run', a: 'true' })).toBe(error('403', 'Forbidden'))
    expect(await ask(client, { action: 'kill', job_id: 'a' })).toBe(error('403', 'Forbidden'))
    expect(await ask(client, { action: 'list' })).toContain('"jobs"')
    expect(await client.rpc('query', '')).toEqual({
      'rpc/dispatcher': 'read',
      'rpc/logs': 'read',
      'rpc/settings': 'read/write',
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
  ])('refuses %j', async (args) => {
    const client = await fixture.login()
    expect(await ask(client, args)).toBe(error('400', 'Bad Request'))
  })
})
