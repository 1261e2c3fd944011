import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Client, connect } from '../../src/client/index.js'
import { startTestHub, type TestHub } from '../../src/hub/testing.js'
import type { JobInfo, JobOutput, MadeTokenInfo } from '../../src/methods/contract/index.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

const config = {
  jobs: { programs: ['echo', 'sleep', 'sh'], killAfter: '300ms' },
  principals: {
    ops: { run: ['echo', 'sleep'], see: ['sysadm/'] },
    other: { run: '*' as const },
    eye: { monitor: true },
    nobody: {},
  },
}

let hub: TestHub
let admin: Client
const clients = new Map<string, Client>()

beforeAll(async () => {
  hub = await startTestHub({ http: true, config })
  admin = await hub.connect()
  for (const name of Object.keys(config.principals)) {
    const { token } = await admin.request<MadeTokenInfo>('tokens.add', { name })
    clients.set(name, await connect({ address: hub.address, token }))
  }
})

afterAll(async () => {
  for (const client of clients.values()) await client.close()
  await admin?.close()
  await hub?.close()
})

const as = (name: string) => clients.get(name)!

async function finished(client: Client, id: string): Promise<JobInfo> {
  for (;;) {
    const job = await client.request<JobInfo>('jobs.get', { id })
    if (job.state === 'finished') return job
    await client.request('jobs.output', { id, from: 2 ** 40, wait: 1_000_000 })
  }
}

it('runs a job of a principal that may run the program, and shows it to nobody else', async () => {
  const job = await as('ops').request<JobInfo>('jobs.run', { id: 'mine', commands: ['echo hello'] })
  expect(job).toMatchObject({ id: 'mine', by: 'ops', queue: 'no_queue', codes: [] })
  expect(await finished(as('ops'), 'mine')).toMatchObject({
    state: 'finished',
    succeeded: true,
    codes: [0],
    results: [{ output: 'hello\n', code: 0 }],
  })
  for (const method of ['jobs.list', 'jobs.get', 'jobs.output'])
    await expect(as('eye').request<unknown>(method, { id: 'mine' })).rejects.toMatchObject({
      code: 'TCN_ACCESS_DENIED',
    })
  expect(await as('other').request('jobs.list', {})).toEqual({ jobs: [], more: false })
  for (const method of ['jobs.get', 'jobs.output']) {
    await expect(as('other').request<unknown>(method, { id: 'mine' })).rejects.toMatchObject({
      code: 'TCN_JOB_UNKNOWN',
    })
  }
})

it('refuses programs that the configuration or the principal does not have', async () => {
  const run = (name: string, command: string) => as(name).request('jobs.run', { commands: [command] })
  await expect(run('ops', 'sh -c "echo x"')).rejects.toMatchObject({ code: 'TCN_ACCESS_DENIED' })
  await expect(run('nobody', 'echo x')).rejects.toMatchObject({ code: 'TCN_ACCESS_DENIED' })
  await expect(run('eye', 'echo x')).rejects.toMatchObject({ code: 'TCN_ACCESS_DENIED' })
  await expect(run('other', 'cat x')).rejects.toMatchObject({ code: 'TCN_JOB_PROGRAM' })
  await using none = await startTestHub()
  await using client = await none.connect()
  await expect(client.request('jobs.run', { commands: ['echo x'] })).rejects.toMatchObject({
    code: 'TCN_JOB_OFF',
  })
})

it.each([
  [{ commands: Array(65).fill('echo') }],
  [{ commands: ['echo \u0000'] }],
  [{ commands: [`echo ${'x'.repeat(20_000)}`] }],
  [{ commands: ['echo'], queue: 'a b' }],
  [{ commands: ['echo'], id: 'a\nb' }],
  [{ commands: ['echo'], id: 'x'.repeat(201) }],
  [{ commands: ['echo'], timeLimit: 1 }],
])('refuses parameters out of bounds (%#)', async (params) => {
  await expect(as('ops').request('jobs.run', params)).rejects.toMatchObject({ code: 'TCN_METHOD_PARAMS' })
})

it('lets a principal kill its own jobs, and an admin those of others', async () => {
  await as('ops').request('jobs.run', { id: 'a', commands: ['sleep 60'] })
  await as('ops').request('jobs.run', { id: 'b', commands: ['sleep 60'] })
  await expect(as('other').request('jobs.kill', { ids: ['a'] })).rejects.toMatchObject({
    code: 'TCN_JOB_UNKNOWN',
  })
  await expect(as('eye').request('jobs.kill', { ids: ['a'] })).rejects.toMatchObject({
    code: 'TCN_ACCESS_DENIED',
  })
  await as('ops').request('jobs.kill', { ids: ['a'] })
  await admin.request('jobs.kill', { ids: ['b'] })
  expect(await finished(admin, 'a')).toMatchObject({ reason: 'killed by ops', succeeded: false, codes: [15] })
  expect(await finished(admin, 'b')).toMatchObject({ reason: 'killed by admin' })
})

it('publishes each run and each kill as an event of the audit', async () => {
  const { cursor: from } = await admin.request<{ cursor: string }>('events.read', { before: 'end', limit: 1 })
  const audit = admin
    .subscribe(['hub/audit/jobs/', 'hub/audit/denied'], { from })
    .events()
    [Symbol.asyncIterator]()
  const next = async () => {
    const { tag, data } = (await audit.next()).value as { tag: string; data: unknown }
    return { tag, data }
  }
  await as('ops').request('jobs.run', { id: 'told', commands: ['sleep 60'], queue: 'q' })
  expect(await next()).toMatchObject({
    tag: 'hub/audit/jobs/run',
    data: {
      principal: 'ops',
      face: 'native',
      result: 'ok',
      changed: { id: 'told', commands: ['sleep 60'], queue: 'q' },
    },
  })
  await as('ops').request('jobs.kill', { ids: ['told'] })
  expect(await next()).toMatchObject({ tag: 'hub/audit/jobs/kill', data: { changed: { ids: ['told'] } } })
  await expect(as('other').request('jobs.run', { commands: ['cat x'] })).rejects.toThrow()
  expect(await next()).toMatchObject({ tag: 'hub/audit/jobs/run', data: { result: 'TCN_JOB_PROGRAM' } })
  await expect(as('nobody').request('jobs.run', { commands: ['echo'] })).rejects.toThrow()
  expect(await next()).toMatchObject({ tag: 'hub/audit/denied', data: { principal: 'nobody', right: 'run' } })
})

it('gives the output while it comes, and over HTTP too', async () => {
  await admin.request('jobs.run', { id: 'talk', commands: ['sh -c "echo one; sleep 0.3; echo two"'] })
  let text = ''
  for (let from = 0, done = false; !done; ) {
    const output = await admin.request<JobOutput>('jobs.output', { id: 'talk', from, wait: 10_000_000 })
    text += Buffer.from(output.bytes).toString()
    ;({ next: from, done } = output)
  }
  expect(text).toBe('one\ntwo\n')
  const { token } = await admin.request<MadeTokenInfo>('tokens.add', { name: 'web', principal: 'admin' })
  const answer = await fetch(`${hub.http}/v1/jobs.get`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ id: 'talk' }),
  })
  expect(await answer.json()).toMatchObject({
    id: 'talk',
    succeeded: true,
    results: [{ output: 'one\ntwo\n' }],
  })
})

it('publishes what a job does to those who may see it', async () => {
  const events = as('ops').subscribe('sysadm/dispatcher/seen', { from: 'start' })
  await as('ops').request('jobs.run', { id: 'seen', commands: ['echo hi'] })
  const states = []
  for await (const { type, data } of events.events()) {
    const { process_id, state } = data as { process_id: string; state: string }
    states.push(state)
    expect({ type, process_id }).toEqual({ type: 'sysadm.dispatcher', process_id: 'seen' })
    if (state === 'finished') break
  }
  expect(states).toEqual(['pending', 'running', 'running', 'finished'])
})

it('a token cannot carry a right to run that its maker does not have', async () => {
  await using limited = await startTestHub({
    config: { jobs: { programs: '*' }, principals: { keeper: { admin: true, run: ['echo'] } } },
    principal: 'keeper',
  })
  await using client = await limited.connect()
  await client.request('tokens.add', { name: 'a', rights: { source: 'keeper/a', run: ['echo'] } })
  for (const run of ['*', ['sh']]) {
    await expect(
      client.request<unknown>('tokens.add', { name: 'b', rights: { source: 'keeper/b', run } }),
    ).rejects.toMatchObject({
      code: 'TCN_ACCESS_DENIED',
    })
  }
})

it('keeps jobs and their output over a restart of the hub, which ends those that run', async () => {
  const data = temporaryFolder('jobs-hub')
  const first = await startTestHub({ config, data })
  const client = await first.connect()
  await client.request('jobs.run', { id: 'done', commands: ['echo hello'] })
  await finished(client, 'done')
  await client.request('jobs.run', { id: 'long', commands: ['sh -c "echo begun; sleep 60"'] })
  await client.request('jobs.output', { id: 'long', wait: 10_000_000 })
  await client.close()
  await first.close()
  await using second = await startTestHub({ config, data })
  await using again = await second.connect()
  expect(await again.request('jobs.get', { id: 'done' })).toMatchObject({
    results: [{ output: 'hello\n' }],
  })
  expect(await again.request('jobs.get', { id: 'long' })).toMatchObject({
    state: 'finished',
    reason: 'the hub stopped',
    results: [{ output: 'begun\n' }],
  })
  const output = await again.request<JobOutput>('jobs.output', { id: 'long' })
  expect(Buffer.from(output.bytes).toString()).toBe('begun\n')
  const { frames } = await again.request<{ frames: Uint8Array }>('events.read', {
    from: 'start',
    filters: 'sysadm/dispatcher/long',
  })
  expect(Buffer.from(frames).toString('latin1')).toContain('the hub stopped')
})
