import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Client, connect } from '../../../src/client/index.js'
import { type RunningHub, serve } from '../../../src/hub/serve.js'
import type { CommitInfo } from '../../../src/methods/contract/index.js'
import * as ncs from '../../../src/protocols/ncs/client/ncs.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

/** Commits of the configuration, and programs that hold them up. */

let folder: string
let file: string
let hub: RunningHub
let admin: Client
let open: ncs.NotificationSocket[]

const TEXT = () => `limits: { requests: 64, gateDeadline: 60s }
ncs: { unix: { path: ${join(folder, 'ipc')} } }
principals: { eye: { see: ['ncs/'] }, far: { see: [other/], gate: '*' } }
`

beforeEach(() => {
  folder = temporaryFolder('diff')
  file = join(folder, 'tocsin.yaml')
  open = []
})

afterEach(async () => {
  for (const sock of open) sock.close()
  await admin.close()
  await hub.stop()
})

async function start(text = TEXT()): Promise<void> {
  writeFileSync(file, text)
  hub = await serve({
    config: file,
    data: join(folder, 'data'),
    sources: false,
    change(config) {
      config.listen.unix[0].path = join(folder, 'tocsin.sock')
      if (config.listen.http !== 'off') config.listen.http.address = { host: '127.0.0.1', port: 0 }
    },
  })
  admin = await connect({ address: join(folder, 'tocsin.sock') })
}

async function subscribe(mask: number): Promise<ncs.NotificationSocket> {
  const sock = ncs.socket(ncs.AF_UNIX)
  await ncs.notificationsConnect(sock, { mask, path: join(folder, 'ipc'), name: 'guard' })
  open.push(sock)
  return sock
}

/** A commit that runs; `isOver` when it has returned. */
function commit(edits: object[] = [{ key: 'limits.requests', value: 5 }], client = admin) {
  const story = { isOver: false, result: undefined as Promise<CommitInfo> | undefined }
  story.result = (async () => {
    await client.request<unknown>('config.edit', { edits })
    const { commit } = await client.request<{ commit: CommitInfo }>('config.commit', { label: 'fewer' })
    story.isOver = true
    return commit
  })()
  // A hub that stops may not answer any more.
  story.result.catch(() => undefined)
  return story
}

async function nextDiff(sock: ncs.NotificationSocket) {
  const found = await sock.read()
  if (found.type !== ncs.NOTIF_COMMIT_DIFF) throw new Error(`got ${ncs.formatNotification(found)}`)
  return found.commit_diff
}

async function changesOf(sock: ncs.NotificationSocket, tctx: ncs.TransactionContext) {
  const changes: ncs.DiffEntry[] = []
  for await (const change of ncs.diffIterate(sock, tctx)) changes.push(change)
  return changes
}

describe('a commit', () => {
  it('waits until each subscriber of COMMIT_DIFF has read its changes and answered, and then says so', async () => {
    await start()
    const one = await subscribe(ncs.NOTIF_COMMIT_DIFF | ncs.NOTIF_COMMIT_SIMPLE)
    const two = await subscribe(ncs.NOTIF_COMMIT_DIFF)
    const story = commit()
    const { tctx, uinfo, label, flags } = await nextDiff(one)
    expect({ username: uinfo.username, usid: uinfo.usid, label, flags }).toMatchObject({
      username: 'admin',
      usid: tctx.usid,
      label: 'fewer',
      flags: 0,
    })
    expect(await changesOf(one, tctx)).toEqual([
      { path: '/limits/requests', op: ncs.MOP_VALUE_SET, old: 64, new: 5 },
    ])
    ncs.diffNotificationDone(one, tctx)
    ncs.diffNotificationDone(one, tctx)
    // Only the commit waits.
    const { token } = await admin.request<{ token: string }>('tokens.add', { name: 'remote', rights: '*' })
    const http = hub.listeners.find(({ face }) => face === 'http')!.address
    const overHttp = await fetch(`${http}/v1/ncs.diff`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ thandle: tctx.thandle, usid: tctx.usid }),
    })
    expect(await overHttp.json()).toMatchObject([{ path: '/limits/requests' }])
    expect(story.isOver).toBe(false)
    expect(await nextDiff(two)).toMatchObject({ tctx })
    ncs.diffNotificationDone(two, tctx)
    expect(await story.result).toMatchObject({ number: 1, state: 'final' })
    expect(await one.read()).toMatchObject({ type: ncs.NOTIF_COMMIT_SIMPLE, commit: { uinfo } })
    await expect(changesOf(one, tctx)).rejects.toMatchObject({ code: 'TCN_NCS_TRANSACTION_OVER' })
  })

  it('of which a subscriber dies goes on, and one whose subscriber is late closes it and says why', async () => {
    await start(TEXT().replace('60s', '1s'))
    const log = await subscribe(ncs.NOTIF_DAEMON)
    const dying = await subscribe(ncs.NOTIF_COMMIT_DIFF)
    const first = commit()
    await nextDiff(dying)
    dying.close()
    expect(await first.result).toMatchObject({ number: 1 })
    const late = await subscribe(ncs.NOTIF_COMMIT_DIFF)
    const second = commit([{ key: 'limits.requests', value: 6 }])
    await nextDiff(late)
    expect(await second.result).toMatchObject({ number: 2 })
    await expect(late.read()).rejects.toMatchObject({ code: 'TCN_NCS_TIMEOUT' })
    let line = await log.read()
    // The hub says first who edits and commits.
    while (line.type === ncs.NOTIF_DAEMON && line.syslog.logno === 0) line = await log.read()
    expect(line).toMatchObject({
      syslog: { logno: 95, msg: expect.stringMatching(/timed out, waiting for ncs\/commit/) },
    })
  })

  it('has changes that only those may read for whom it may wait', async () => {
    await start()
    const sock = await subscribe(ncs.NOTIF_COMMIT_DIFF)
    const eye = await admin.request<{ token: string }>('tokens.add', { name: 'eye', principal: 'eye' })
    const far = await admin.request<{ token: string }>('tokens.add', { name: 'far', principal: 'far' })
    const story = commit([{ key: 'principals.new', value: { see: ['x/'] } }])
    const { tctx } = await nextDiff(sock)
    const ask = async (token: string, params: { thandle: number; usid: number }) => {
      const client = await connect({ address: join(folder, 'tocsin.sock'), token, reconnect: false })
      const answer = await client
        .request('ncs.diff', params)
        .catch((error) => (error as { code: string }).code)
      await client.close()
      return answer
    }
    const { thandle, usid } = tctx
    expect(await ask(eye.token, { thandle, usid })).toBe('TCN_ACCESS_DENIED')
    expect(await ask(far.token, { thandle, usid })).toBe('TCN_NCS_TRANSACTION')
    await expect(changesOf(sock, { ...tctx, usid: usid + 1 })).rejects.toMatchObject({
      code: 'TCN_NCS_TRANSACTION',
    })
    await expect(changesOf(sock, { ...tctx, thandle: thandle + 1 })).rejects.toMatchObject({
      code: 'TCN_NCS_TRANSACTION',
    })
    expect(await changesOf(sock, tctx)).toEqual([
      { path: '/principals/new/see', op: ncs.MOP_VALUE_SET, new: ['x/'] },
    ])
    ncs.diffNotificationDone(sock, tctx)
    await story.result
  })

  it('names entries of lists by their keys, and says when they come and go', async () => {
    await start(`${TEXT()}streams: [{ name: gone, filter: a/ }]\n`)
    const sock = await subscribe(ncs.NOTIF_COMMIT_DIFF)
    const story = commit([{ key: 'streams', value: [{ name: 'audit', filter: 'hub/audit/' }] }])
    const { tctx } = await nextDiff(sock)
    expect(await changesOf(sock, tctx)).toEqual([
      { path: '/streams{gone}', op: ncs.MOP_DELETED },
      { path: '/streams{audit}', op: ncs.MOP_CREATED },
      { path: '/streams{audit}/filter', op: ncs.MOP_VALUE_SET, new: 'hub/audit/' },
    ])
    ncs.diffNotificationDone(sock, tctx)
    await story.result
  })

  it('does not wait for the program that makes it', async () => {
    await start()
    const guard = await subscribe(ncs.NOTIF_COMMIT_DIFF)
    const itself = await connect({ address: join(folder, 'tocsin.sock'), name: 'guard' })
    expect(await commit(undefined, itself).result).toMatchObject({ number: 1 })
    expect(await nextDiff(guard)).toMatchObject({ label: 'fewer' })
    await itself.close()
  })

  it('of the edited file waits too, and a stop of the hub waits for nobody', async () => {
    await start()
    const sock = await subscribe(ncs.NOTIF_COMMIT_DIFF)
    writeFileSync(file, TEXT().replace('64', '7'))
    const reloaded = hub.reload()
    const { tctx, uinfo } = await nextDiff(sock)
    expect(uinfo).toMatchObject({ username: 'system', usid: 0 })
    expect(await changesOf(sock, tctx)).toMatchObject([{ path: '/limits/requests', new: 7 }])
    ncs.diffNotificationDone(sock, tctx)
    expect(await reloaded).toMatchObject({ applied: ['limits.requests'] })
    commit()
    await nextDiff(sock)
    await hub.stop()
  })
})
