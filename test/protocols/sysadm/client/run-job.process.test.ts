import { afterEach, expect, it, vi } from 'vitest'
import {
  connectSysadm,
  type JobStep,
  type SysadmClient,
} from '../../../../src/protocols/sysadm/client/index.js'
import { PASSWORD, startSysadm } from '../../../faces/sysadm/fixture.js'
import { GenuineServer } from './genuine-server.js'

const open: AsyncDisposable[] = []

afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each[Symbol.asyncDispose]()
})

async function connect(url: string): Promise<SysadmClient> {
  const login = { username: 'root', password: PASSWORD }
  const client = await connectSysadm({ url, tls: { insecure: true }, login })
  open.push(client)
  return client
}

async function clientOfHub(spelling: 'genuine' | 'documented' = 'genuine'): Promise<SysadmClient> {
  const hub = await startSysadm({
    sysadm: { spelling },
    hub: { config: { jobs: { programs: ['sh', 'sleep', 'echo', 'false'] } } },
  })
  open.push(hub)
  return connect(hub.url)
}

async function genuine(): Promise<{ server: GenuineServer; client: SysadmClient }> {
  const server = await GenuineServer.start()
  open.push(server)
  return { server, client: await connect(server.url) }
}

async function all(steps: AsyncIterable<JobStep>): Promise<JobStep[]> {
  const taken: JobStep[] = []
  for await (const step of steps) taken.push(step)
  return taken
}

const finished = (job: string, output: string) =>
  `{"args":{"cmd_list":["df"],"df":"${output}","process_id":"${job}","return_codes/df":"0","state":"finished"},"id":"","name":"dispatcher","namespace":"events"}`

it('yields the output of each command as it comes, and how the job has ended', async () => {
  const client = await clientOfHub()
  const commands = ['sh -c "echo one; sleep 2; echo two"', 'sh -c "exit 3"', 'echo never']
  const steps = await all(client.runJob(commands))
  expect(steps).toEqual([
    { kind: 'started', job: expect.stringMatching(/^sysadm_sourcectl_run::\{.{36}\}$/) },
    { kind: 'output', command: commands[0], text: 'one\n' },
    { kind: 'output', command: commands[0], text: 'two\n' },
    { kind: 'ended', succeeded: false, returnCodes: { [commands[0]]: 0, [commands[1]]: 3 } },
  ])
})

it.each(['plain', 'sysadm_sourcectl_wrapped', 'sysadm_pkg_update-{1}'])(
  'yields all output of the job %s of a hub that writes events as documented',
  async (id) => {
    const client = await clientOfHub('documented')
    const steps = await all(client.runJob(['echo one', 'sh -c "echo two; exit 3"', 'echo never'], { id }))
    const text = steps.map((step) => (step.kind === 'output' ? step.text : '')).join('')
    expect(text).toBe('one\ntwo\n')
    expect(steps.at(-1)).toMatchObject({ kind: 'ended', succeeded: false })
  },
)

it('tells why a job was cut short', async () => {
  const client = await clientOfHub()
  const steps = client.runJob(['sleep 60'], { id: 'long' })
  expect((await steps.next()).value).toEqual({ kind: 'started', job: 'long' })
  await client.dispatcher.kill('long')
  expect((await steps.next()).value).toMatchObject({ kind: 'ended', reason: 'killed by root' })
  expect((await steps.next()).done).toBe(true)
})

it('tells the signal that ended a program from the code of one that failed', async () => {
  const client = await clientOfHub()
  const [killed, failed] = ['sh -c "kill -9 $$"', 'sh -c "exit 9"']
  expect((await all(client.runJob([killed]))).at(-1)).toEqual({
    kind: 'ended',
    succeeded: false,
    returnCodes: { [killed]: 9 },
    signal: 9,
  })
  expect((await all(client.runJob([failed]))).at(-1)).toEqual({
    kind: 'ended',
    succeeded: false,
    returnCodes: { [failed]: 9 },
  })
})

it('tells that a program could not be started', async () => {
  const { server, client } = await genuine()
  const steps = client.runJob(['df'], { id: 'none' })
  await steps.next()
  const next = steps.next()
  server.push(finished('none', '').replace('"return_codes/df":"0"', '"return_codes/df":"-1"'))
  expect((await next).value).toEqual({ kind: 'ended', succeeded: false, returnCodes: { df: -1 } })
})

it('rejects if the server does not start the job', async () => {
  const client = await clientOfHub()
  await expect(client.runJob(['reboot']).next()).rejects.toMatchObject({ code: 'TCN_SYSADM_REFUSED' })
})

it('ends with the reason of a signal, and leaves the job alone', async () => {
  const client = await clientOfHub()
  const stop = new AbortController()
  const steps = client.runJob(['sleep 60'], { id: 'long', signal: stop.signal })
  await steps.next()
  const waiting = steps.next()
  stop.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
  expect(await client.dispatcher.list()).toMatchObject([{ id: 'long', state: 'running' }])
})

it('takes the end of a job from the log of a genuine server if it was missed', async () => {
  const { server, client } = await genuine()
  const steps = client.runJob(['df'], { id: 'longjob' })
  await steps.next()
  server.state.jobs = '{"jobs":{"no_queue":{}}}'
  const { args } = JSON.parse(finished('longjob', 'out\\n'))
  server.state.logs = JSON.stringify({ 'events-dispatcher': { '2026-11-20T04:50:52': args } })
  server.cut()
  expect(await all(steps)).toEqual([
    { kind: 'gap', reason: expect.stringContaining('not connected') },
    { kind: 'output', command: 'df', text: 'out\n' },
    { kind: 'ended', succeeded: true, returnCodes: { df: 0 } },
  ])
})

it('goes on after the connection was lost while the job still runs', async () => {
  const { server, client } = await genuine()
  const steps = client.runJob(['df'], { id: 'longjob' })
  await steps.next()
  server.cut()
  expect((await steps.next()).value).toMatchObject({ kind: 'gap' })
  const next = steps.next()
  await vi.waitUntil(() => server.peers[0]?.received.some((text) => text.includes('"list"')))
  server.push(finished('longjob', 'out\\n'))
  expect((await next).value).toMatchObject({ kind: 'output', text: 'out\n' })
  expect((await steps.next()).value).toMatchObject({ kind: 'ended', succeeded: true })
})

it('says so if nobody knows how the job has ended', async () => {
  const { server, client } = await genuine()
  const steps = client.runJob(['df'], { id: 'gone' })
  await steps.next()
  server.cut()
  expect((await all(steps)).at(-1)).toEqual({
    kind: 'ended',
    succeeded: false,
    returnCodes: {},
    reason: expect.stringContaining('while the connection was lost'),
  })
})
