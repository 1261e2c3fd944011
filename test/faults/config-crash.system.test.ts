import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Client, connect } from '../../src/client/index.js'
import type { CommitInfo, HubStatus } from '../../src/methods/contract/index.js'
import { HubProcess } from '../e2e/hub-process.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { eventually } from './eventually.js'
import { Injection } from './injection.js'

/** The hub is killed at each call with which a commit changes its files; the next start must find all of it or nothing. */

const BEFORE = '# ours\nlimits: { requests: 64 } # at once\n'
const AFTER = '# ours\nlimits: { requests: 5 } # at once\nlisten:\n  tcp: 127.0.0.1:0\n'

let folder: string
let file: string
/** A hub that has found the configuration before all commits: the next test can begin with it. */
let unchanged: HubProcess | undefined

beforeAll(() => {
  folder = temporaryFolder('config-crash')
  file = join(folder, 'tocsin.yaml')
})

afterAll(() => unchanged?.[Symbol.asyncDispose]())

/** One thread does all work on files, so that its calls can be counted. */
function start(): Promise<HubProcess> {
  return HubProcess.start({ folder, config: readFileSync(file, 'utf8'), env: { UV_THREADPOOL_SIZE: '1' } })
}

/** The log renames files too when it begins, and must have done so: calls are counted from here. */
function isLogQuiet(): boolean {
  const log = join(folder, 'data/log')
  const segments = readdirSync(join(log, 'segments')).map((name) => join(log, 'segments', name))
  if (segments.length === 0) return false
  const copied = statSync(join(log, 'meta.copy')).ctimeMs
  return segments.every((segment) => statSync(segment).ctimeMs <= copied)
}

/** Starts a hub that knows of no commit. */
function startAnew(): Promise<HubProcess> {
  rmSync(join(folder, 'data/config'), { recursive: true, force: true })
  writeFileSync(file, BEFORE)
  return start()
}

async function begin(): Promise<{ hub: HubProcess; client: Client }> {
  const hub = unchanged ?? (await startAnew())
  unchanged = undefined
  await eventually(isLogQuiet)
  const client = await connect({ address: hub.socket })
  const edits = [
    { key: 'limits.requests', value: 5 },
    { key: 'listen.tcp', value: '127.0.0.1:0' },
  ]
  await client.request('config.edit', { edits })
  return { hub, client }
}

/** Kills the hub at a call that the request makes. */
async function killAt(hub: HubProcess, client: Client, call: string, method: string, params = {}) {
  await using _ = await Injection.into(hub.pid, call)
  const answer = client.request<unknown>(method, params).then(
    () => true,
    () => false,
  )
  await hub.ended
  await client.close()
  expect(await answer).toBe(false)
}

interface Found {
  text: string
  commits: CommitInfo[]
  said: string
  waits: boolean
}

async function found(): Promise<Found> {
  const hub = await start()
  try {
    const state = await stateOf(hub)
    if (state.text === BEFORE && state.commits.length === 0 && !state.waits) unchanged = hub
    return state
  } finally {
    if (unchanged !== hub) await hub[Symbol.asyncDispose]()
  }
}

async function stateOf(hub: HubProcess): Promise<Found> {
  const client = await connect({ address: hub.socket })
  const { commits } = await client.request<{ commits: CommitInfo[] }>('config.history')
  const { unconfirmed } = await client.request<{ unconfirmed?: CommitInfo }>('config.diff')
  const { listeners } = await client.request<HubStatus>('hub.status')
  await client.close()
  const text = readFileSync(file, 'utf8')
  expect(listeners.some(({ address }) => address.startsWith('tcp:'))).toBe(text.includes('tcp:'))
  return { text, commits, said: hub.stderr, waits: unconfirmed !== undefined }
}

const WENT_BACK = /commit 1 by admin: the configuration is as before it \(it was interrupted\)/

// In order: what is pending, the file, the text before, the record, the text in force; then nothing is pending any more.
it.each([
  ['rename', 1],
  ['rename', 2],
  ['rename', 3],
  ['rename', 4],
  ['rename', 5],
  ['unlink', 1],
])(
  'a hub killed in a commit at %s number %i has the configuration before, and says so',
  async (call, n) => {
    const { hub, client } = await begin()
    await killAt(hub, client, `${call}:signal=KILL:when=${n}`, 'config.commit')
    const { text, commits, said } = await found()
    expect(text).toBe(BEFORE)
    expect(commits).toEqual([])
    // Before the first of them nothing had begun.
    if (call !== 'rename' || n > 1) expect(said).toMatch(WENT_BACK)
  },
  120_000,
)

it('a hub killed before a commit to be confirmed is finished has the configuration before', async () => {
  const { hub, client } = await begin()
  await killAt(hub, client, 'rename:signal=KILL:when=6', 'config.commit', { confirmed: 600e6 })
  const { text, commits, said } = await found()
  expect([text, commits]).toEqual([BEFORE, []])
  expect(said).toMatch(WENT_BACK)
})

it('a hub killed while a commit waits for its confirmation waits on, and goes back when the time is over', async () => {
  const { hub, client } = await begin()
  await client.request('config.commit', { confirmed: 600e6 })
  await client.close()
  await hub.signal('SIGKILL')
  expect(await found()).toMatchObject({ text: AFTER, waits: true, commits: [{ state: 'unconfirmed' }] })
  const pending = join(folder, 'data/config/pending.json')
  const until = /"until":\d+/
  writeFileSync(pending, readFileSync(pending, 'utf8').replace(until, '"until":1'))
  const late = await found()
  expect(late).toMatchObject({ text: BEFORE, waits: false, commits: [{ state: 'reverted' }] })
  expect(late.said).toMatch(/as before it \(it was not confirmed in time\)/)
})

// In order: what is pending, the file, the text before, the record, the text in force, both commits as pending.
it.each([1, 2, 3, 4, 5, 6])(
  'a hub killed in a commit that extends another one at rename number %i still waits for the other one',
  async (n) => {
    const { hub, client } = await begin()
    await client.request('config.commit', { confirmed: 600e6 })
    await client.request('config.edit', { edits: [{ key: 'limits.requests', value: 6 }] })
    await killAt(hub, client, `rename:signal=KILL:when=${n}`, 'config.commit', { confirmed: 600e6 })
    expect(await found()).toMatchObject({
      text: AFTER,
      waits: true,
      commits: [{ number: 1, state: 'unconfirmed' }],
    })
  },
  120_000,
)

it('a hub killed while two commits wait reverts both when the time is over', async () => {
  const { hub, client } = await begin()
  await client.request('config.commit', { confirmed: 600e6 })
  await client.request('config.edit', { edits: [{ key: 'limits.requests', value: 6 }] })
  await client.request('config.commit', { confirmed: 600e6 })
  await client.close()
  await hub.signal('SIGKILL')
  expect(await found()).toMatchObject({
    waits: true,
    commits: [{ state: 'unconfirmed' }, { state: 'unconfirmed' }],
  })
  const pending = join(folder, 'data/config/pending.json')
  writeFileSync(pending, readFileSync(pending, 'utf8').replaceAll(/"until":\d+/g, '"until":1'))
  expect(await found()).toMatchObject({
    text: BEFORE,
    commits: [{ state: 'reverted' }, { state: 'reverted' }],
  })
})

// In order: the file, the record, the text in force; then nothing is pending any more.
it.each([
  ['rename', 1, AFTER],
  ['rename', 2, BEFORE],
  ['rename', 3, BEFORE],
  ['unlink', 1, BEFORE],
])(
  'a hub killed while it reverts at %s number %i has all of a configuration',
  async (call, n, expected) => {
    const { hub, client } = await begin()
    await client.request('config.commit', { confirmed: 600e6 })
    await killAt(hub, client, `${call}:signal=KILL:when=${n}`, 'config.abort')
    const { text, commits, waits } = await found()
    expect(text).toBe(expected)
    expect(waits).toBe(expected === AFTER)
    expect(commits).toMatchObject([{ state: expected === AFTER ? 'unconfirmed' : 'reverted' }])
  },
  120_000,
)

it('a hub killed at the confirmation still waits for it, or has kept the commit', async () => {
  const { hub, client } = await begin()
  await client.request('config.commit', { confirmed: 600e6 })
  await killAt(hub, client, 'unlink:signal=KILL:when=1', 'config.confirm')
  const { text, waits, commits } = await found()
  expect(text).toBe(AFTER)
  expect(commits).toMatchObject([{ state: waits ? 'unconfirmed' : 'final' }])
})
