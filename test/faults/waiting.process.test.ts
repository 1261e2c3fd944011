import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Client, connect } from '../../src/client/index.js'
import type { HubStatus, JobInfo } from '../../src/methods/contract/index.js'
import { HubProcess } from '../e2e/hub-process.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { freePorts } from '../hub/live-hub.js'
import { Receiver } from '../sinks/receiver.js'

const EVENTS = ['a/1', 'a/2', 'a/3']
const EACH = ['ran', 'hook', 'silent', 'batch', 'partial', 'siem', 'mail', 'collector']
const TIMEOUT = 30_000
const CUT = 'the hub ended before or while it ran'

test('a hub killed while every rule, source and sink waits continues where each was', async () => {
  const folder = temporaryFolder('waiting')
  const got = (name: string) => join(folder, name)
  await using hook = await Receiver.start()
  await using silent = await Receiver.start()
  await using partial = await Receiver.start()
  await using refusing = await Receiver.start()
  hook.answer = 503
  // Half of a batch is refused, so that its events are delivered one by one, and the second gets no answer.
  partial.answer = ({ body }, response) => {
    if (Array.isArray(JSON.parse(body))) response.writeHead(400).end()
    else if (JSON.parse(body).subject === 'a/1') response.writeHead(204).end()
  }
  silent.answer = () => undefined
  refusing.answer = 400
  const [siem, mail, collector, taken] = await freePorts(4)
  const retry = { pause: '100ms', maxPause: '300ms', tries: 100 }
  const all = { filter: 'a/', from: 'start', retry }
  const batch = { mode: 'batch', batch: { events: 3, wait: '0s' } }
  const config = JSON.stringify({
    sources: {
      system: { enabled: false },
      files: [{ name: 'app', lines: [got('app.log')], from: 'start' }],
      exec: [{ name: 'job', command: ['/bin/sh', '-c', 'echo tick; exit 3'] }],
      syslog: [{ name: 'in', tcp: `127.0.0.1:${taken}` }],
    },
    sinks: {
      ran: {
        type: 'exec',
        command: ['/bin/sh', '-c', `test -e ${got('open')} && cat >> ${got('ran')}`],
        ...all,
      },
      hook: { type: 'webhook', url: hook.url, ...all },
      silent: { type: 'webhook', url: silent.url, ...all },
      batch: { type: 'webhook', url: hook.url, mode: 'batch', batch: { events: 10, wait: '1m' }, ...all },
      partial: { type: 'webhook', url: partial.url, ...batch, ...all },
      siem: { type: 'syslog', address: `127.0.0.1:${siem}`, ...all },
      mail: {
        ...{ type: 'mail', server: `127.0.0.1:${mail}`, encryption: 'none', sender: 'a@example.com' },
        ...{ recipients: ['b@example.com'], ...all },
      },
      collector: { type: 'otlp', url: `http://127.0.0.1:${collector}`, metrics: 'off', ...all },
      parks: { type: 'webhook', url: refusing.url, ...all, retry: { ...retry, tries: 1 } },
      held: { type: 'file', path: got('held'), ...all },
    },
    rules: {
      counts: { filter: 'a/', after: { count: 4, within: '1h' }, fire: { tag: 'out/counts' } },
      late: {
        filter: 'a/',
        by: 'tag',
        unlessFollowedBy: { filter: 'b/', within: '25s' },
        fire: { tag: 'out/late' },
      },
      stays: { filter: 'a/', unlessFollowedBy: { filter: 'b/', within: '1h' }, fire: { tag: 'out/stays' } },
      once: { filter: 'a/', onceWithin: '1h', fire: { tag: 'out/once' } },
      most: { filter: 'a/', atMost: { count: 2, within: '1h' }, fire: { tag: 'out/most' } },
      chain: { filter: 'out/once', fire: { tag: 'out/chain' } },
      hands: { filter: 'a/3', sink: 'held' },
      jobs: {
        filter: 'a/',
        job: ['/bin/sh', '-c', `echo "$0" >> ${got('jobs')}; test $0 = a/4 || sleep 60`, `\${tag}`],
      },
    },
    jobs: { programs: ['/bin/sh'], parallel: 1 },
  })
  // The port of a source is taken, so that it waits for its next start.
  const holder = await Receiver.start(taken)
  {
    await using hub = await HubProcess.start({ folder, sources: true, config })
    await using client = await connect({ address: hub.socket })
    await client.request('sinks.pause', { name: 'held' })
    writeFileSync(got('app.log'), 'one\ntwo\npart of')
    for (const tag of EVENTS) await client.publish(tag, {}, { ack: 'durable' })
    await expect.poll(() => waiting(client), { timeout: TIMEOUT }).toEqual([])
    await hub.signal('SIGKILL')
  }
  await holder[Symbol.asyncDispose]()
  writeFileSync(got('open'), '')
  hook.answer = 204
  silent.answer = 204
  partial.answer = 204
  writeFileSync(got('app.log'), 'one\ntwo\npart of three\n')
  await using hub = await HubProcess.start({ folder, sources: true, config })
  await using client = await connect({ address: hub.socket })
  const tags = () => stored(client)
  const timesOf = async (tag: string) => (await tags()).filter((each) => each === tag).length
  await client.publish('a/4', {}, { ack: 'durable' })
  await client.request('sinks.resume', { name: 'held' })
  await expect.poll(() => timesOf('out/late'), { timeout: 90_000 }).toBe(4)
  await client.publish('b/1', {}, { ack: 'durable' })
  const wanted = [...EVENTS, 'a/4']
  const lines = (name: string) =>
    existsSync(got(name)) ? readFileSync(got(name), 'utf8').trim().split('\n') : []
  const inOrder = (subjects: string[]) => [...new Set(subjects)]
  const subjectsOf = (name: string) => inOrder(lines(name).map((line) => JSON.parse(line).subject))
  await expect.poll(() => inOrder(hook.subjects), { timeout: TIMEOUT }).toEqual(wanted)
  await expect.poll(() => inOrder(silent.subjects), { timeout: TIMEOUT }).toEqual(wanted)
  await expect.poll(() => inOrder(partial.subjects), { timeout: TIMEOUT }).toEqual(wanted)
  await expect.poll(() => subjectsOf('ran'), { timeout: TIMEOUT }).toEqual(wanted)
  await expect.poll(() => subjectsOf('held'), { timeout: TIMEOUT }).toEqual([...EVENTS, 'rule/hands', 'a/4'])
  await expect.poll(() => jobsOf(client), { timeout: TIMEOUT }).toEqual([...EVENTS.map(() => CUT), 'it ran'])
  // The first one had begun when the hub was killed, and none runs twice.
  expect(lines('jobs')).toEqual(['a/1', 'a/4'])
  await expect.poll(() => timesOf('out/counts'), { timeout: TIMEOUT }).toBe(1)
  expect(await Promise.all(['once', 'chain', 'most', 'stays'].map((name) => timesOf(`out/${name}`)))).toEqual(
    [1, 1, 2, 0],
  )
  const appended = async () => (await tags()).filter((tag) => /^host\/.*\/files\/app/.test(tag))
  await expect.poll(appended, { timeout: TIMEOUT }).toHaveLength(3)
  const { parked } = await client.request<{ parked: unknown[] }>('parked.list', { consumer: 'sink.parks' })
  expect(parked).toHaveLength(4)
  const { sinks, sources, rules, faults } = await client.request<HubStatus>('hub.status')
  expect(faults ?? []).toEqual([])
  expect(rules!.every(({ state }) => state === 'up')).toBe(true)
  expect(sources.find(({ name }) => name === 'syslog/in')).toMatchObject({ state: 'up' })
  const down = sinks!.filter(({ state }) => state === 'retrying').map(({ name }) => name)
  expect(down.sort()).toEqual(['collector', 'mail', 'siem'])
})

/** How each job of the rule has ended, in their order. */
async function jobsOf(client: Client): Promise<string[]> {
  const { jobs } = await client.request<{ jobs: JobInfo[] }>('jobs.list')
  return jobs
    .toSorted((one, other) => one.created - other.created)
    .map(({ succeeded, reason = '' }) =>
      succeeded ? 'it ran' : reason.replace(/^the hub ended (before its turn|while it ran).*/, CUT),
    )
}

/** Names of all that do not wait yet as they should. */
async function waiting(client: Client): Promise<string[]> {
  const { sinks, sources, rules } = await client.request<HubStatus>('hub.status')
  const stateOf = new Map(sinks!.map(({ name, state }) => [name, state]))
  const waits = new Map(rules!.map(({ name, waiting }) => [name, waiting]))
  const parks = sinks!.find(({ name }) => name === 'parks')?.parked
  const hold = EACH.filter((name) => sinks!.find((sink) => sink.name === name)!.heldBytes === 0)
  const app = sources.find(({ name }) => name === 'files/app')
  const fired = await stored(client)
  const missing = ['out/once', 'out/chain', 'out/most'].filter((tag) => !fired.includes(tag))
  return [
    ...hold.map((name) => `${name} holds nothing`),
    ...['ran', 'hook', 'siem', 'mail', 'collector'].filter((name) => stateOf.get(name) !== 'retrying'),
    ...(stateOf.get('held') === 'paused' ? [] : ['held']),
    ...(parks === 3 ? [] : [`parks ${parks}`]),
    ...(waits.get('late') === 3 && waits.get('stays') === 1 ? [] : ['rules']),
    ...(app?.events === 2 ? [] : [`files ${app?.events}`]),
    ...sources.filter(({ name, state }) => name === 'syslog/in' && state !== 'down').map(({ name }) => name),
    ...missing,
  ]
}

async function stored(client: Client): Promise<string[]> {
  const tags: string[] = []
  const { last } = await client.request<{ last: number }>('log.info')
  if (last === 0) return tags
  for await (const { tag } of client.read(undefined, { from: 'start' }).events()) tags.push(tag)
  return tags
}
