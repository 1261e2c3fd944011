import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Client, connect } from '../../../src/client/index.js'
import { type RunningHub, serve } from '../../../src/hub/serve.js'
import * as ncs from '../../../src/protocols/ncs/client/ncs.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'
const traceparent = `00-${TRACE}-${SPAN}-01`

let folder: string
let hub: RunningHub
let admin: Client

beforeEach(async () => {
  folder = temporaryFolder('progress')
  writeFileSync(join(folder, 'tocsin.yaml'), `ncs: { unix: { path: ${folder}/ipc } }\n`)
  hub = await serve({
    config: join(folder, 'tocsin.yaml'),
    data: join(folder, 'data'),
    sources: false,
    change({ listen }) {
      listen.unix[0].path = join(folder, 'tocsin.sock')
      if (listen.http !== 'off') listen.http.address = { host: '127.0.0.1', port: 0 }
    },
  })
  admin = await connect({ address: join(folder, 'tocsin.sock') })
})

afterEach(async () => {
  await admin.close()
  await hub.stop()
})

async function listen(mask: number, verbosity = ncs.VERBOSITY_NORMAL) {
  const sock = ncs.socket(ncs.AF_UNIX)
  const data = new ncs.NotificationsData({ verbosity })
  await ncs.notificationsConnect2(sock, { mask, data, path: join(folder, 'ipc') })
  return sock
}

async function progressOf(sock: ReturnType<typeof ncs.socket>) {
  const n = await sock.read()
  if (n.type !== ncs.NOTIF_PROGRESS && n.type !== ncs.NOTIF_COMMIT_PROGRESS) throw new Error(`${n.type}`)
  return { of: n.type, ...n.progress }
}

test('long work is a span, and a part of the work of its caller', async () => {
  const sock = await listen(ncs.NOTIF_PROGRESS)
  await admin.request('types.list', {}, { traceparent })
  await admin.request('log.verify', {}, { traceparent })
  const start = await progressOf(sock)
  expect(start).toMatchObject({
    type: ncs.PROGRESS_START,
    trace_id: TRACE,
    parent_span_id: SPAN,
    subsystem: 'log',
    msg: 'log.verify',
    attributes: [{ name: 'principal', type: ncs.PROGRESS_ATTRIBUTE_STRING, string: 'admin' }],
  })
  expect(start).not.toHaveProperty('duration')
  expect(await progressOf(sock)).toMatchObject({
    type: ncs.PROGRESS_STOP,
    trace_id: TRACE,
    span_id: start.span_id,
    duration: expect.any(Number),
  })
  sock.close()
})

test('each request is a span for those who ask for more, also one over HTTP', async () => {
  const normal = await listen(ncs.NOTIF_PROGRESS)
  const verbose = await listen(ncs.NOTIF_PROGRESS, ncs.VERBOSITY_VERBOSE)
  const { token } = await admin.request<{ token: string }>('tokens.add', { name: 'far', rights: '*' })
  for (const type of [ncs.PROGRESS_START, ncs.PROGRESS_STOP])
    expect(await progressOf(verbose)).toMatchObject({ type, msg: 'tokens.add' })
  const http = hub.listeners.find(({ face }) => face === 'http')!.address
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', traceparent }
  await (await fetch(`${http}/v1/no.such`, { method: 'POST', headers, body: '{}' })).text()
  await (await fetch(`${http}/v1/tokens.rotate`, { method: 'POST', headers, body: '{"name":"none"}' })).text()
  expect(await progressOf(verbose)).toMatchObject({ msg: 'tokens.rotate', parent_span_id: SPAN })
  expect(await progressOf(verbose)).toMatchObject({
    type: ncs.PROGRESS_STOP,
    annotation: expect.stringMatching(/^TCN_/),
  })
  await admin.request('log.compact', {})
  expect(await progressOf(normal)).toMatchObject({ msg: 'log.compact' })
  normal.close()
  verbose.close()
})

test('the phases of a commit are parts of it, of the lowest type that a program asks for', async () => {
  const both = await listen(ncs.maskOf(ncs.NOTIF_PROGRESS, ncs.NOTIF_COMMIT_PROGRESS))
  const all = await listen(ncs.NOTIF_PROGRESS)
  const phases = await listen(ncs.NOTIF_COMMIT_PROGRESS)
  await admin.request('config.edit', { edits: [{ key: 'limits.requests', value: 32 }] })
  await admin.request('config.commit', {}, { traceparent })
  const commit = await progressOf(both)
  expect(commit).toMatchObject({ of: ncs.NOTIF_PROGRESS, msg: 'config.commit', parent_span_id: SPAN })
  const validate = { msg: 'validate', trace_id: TRACE, parent_span_id: commit.span_id }
  expect(await progressOf(both)).toMatchObject({ of: ncs.NOTIF_COMMIT_PROGRESS, ...validate })
  expect(await progressOf(all)).toMatchObject({ of: ncs.NOTIF_PROGRESS, msg: 'config.commit' })
  expect(await progressOf(all)).toMatchObject({ of: ncs.NOTIF_PROGRESS, ...validate })
  expect(await progressOf(phases)).toMatchObject({ of: ncs.NOTIF_COMMIT_PROGRESS, ...validate })
  for (const sock of [both, all, phases]) sock.close()
})

test('the return from a commit that nobody confirms is linked to the commit', async () => {
  const sock = await listen(ncs.NOTIF_COMMIT_PROGRESS)
  await admin.request('config.edit', { edits: [{ key: 'limits.requests', value: 32 }] })
  await admin.request('config.commit', { confirmed: 600e6 }, { traceparent })
  const commit = await progressOf(sock)
  await admin.request('config.abort', {})
  let undone = commit
  while (undone.msg !== 'undo') undone = await progressOf(sock)
  expect(undone).toMatchObject({
    type: ncs.PROGRESS_START,
    num_links: 1,
    links: [{ trace_id: TRACE, span_id: commit.parent_span_id }],
  })
  expect(await progressOf(sock)).toMatchObject({ type: ncs.PROGRESS_STOP, span_id: undone.span_id })
  sock.close()
})

test('a compaction says what it has removed', async () => {
  const sock = await listen(ncs.NOTIF_PROGRESS)
  await admin.request('log.compact', {})
  const steps = []
  while (steps.at(-1)?.type !== ncs.PROGRESS_INFO) steps.push(await progressOf(sock))
  expect(steps.map(({ type, msg }) => [type, msg])).toEqual([
    [ncs.PROGRESS_START, 'log.compact'],
    [ncs.PROGRESS_START, 'compact'],
    [ncs.PROGRESS_INFO, 'no event was removed'],
  ])
  expect(steps[2].span_id).toBe(steps[1].span_id)
  const { trace_id, span_id: parent_span_id, usid } = steps[0]
  expect(steps[1]).toMatchObject({ trace_id, parent_span_id, usid })
  expect(usid).toBeGreaterThan(0)
  expect(await progressOf(sock)).toMatchObject({ type: ncs.PROGRESS_STOP, span_id: steps[1].span_id })
  sock.close()
})

test('a reload is reported with its phases', async () => {
  const sock = await listen(ncs.NOTIF_PROGRESS)
  await hub.reload()
  const root = await progressOf(sock)
  const seen = [await progressOf(sock), await progressOf(sock), await progressOf(sock)]
  expect(root).toMatchObject({ msg: 'hub.reload', type: ncs.PROGRESS_START })
  expect(seen.map(({ msg, type }) => [msg, type])).toEqual([
    ['check', ncs.PROGRESS_START],
    ['check', ncs.PROGRESS_STOP],
    ['configuration', ncs.PROGRESS_START],
  ])
  expect(seen[0]).toMatchObject({ trace_id: root.trace_id, parent_span_id: root.span_id })
  sock.close()
})

test('whoever asks for phases of commits alone has no other work reported', async () => {
  const sock = await listen(ncs.NOTIF_COMMIT_PROGRESS)
  await admin.request('log.verify')
  await admin.request('config.edit', { edits: [{ key: 'limits.requests', value: 32 }] })
  await admin.request('config.commit')
  expect(await progressOf(sock)).toMatchObject({ msg: 'validate', datastore: ncs.RUNNING })
  const work: unknown[] = []
  for await (const item of admin.subscribe('ncs/progress', { from: 'start', to: 'end' }))
    if (item.status === undefined) work.push(item.data)
  expect(work).toEqual([])
  sock.close()
})

test('nothing of it is in the log while nobody reads it', async () => {
  await admin.request('log.verify')
  await admin.request('config.edit', { edits: [{ key: 'limits.requests', value: 32 }] })
  await admin.request('config.commit')
  const tags: string[] = []
  for await (const item of admin.subscribe('ncs/', { from: 'start', to: 'end' }))
    if (item.status === undefined) tags.push(item.tag)
  expect(tags).toContain('ncs/commit_simple/running')
  expect(tags.filter((tag) => tag.includes('progress'))).toEqual([])
})
