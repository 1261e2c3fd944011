import { once } from 'node:events'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { beforeAll, expect, it } from 'vitest'
import { makeCertificate, writeCertificate } from '../../src/faces/shared/make-certificate.js'
import { startBridge } from './fixture.js'
import { type OpensslKey, opensslKey, type ScriptedPeer } from './scripted-peer.js'

let keys: OpensslKey[]

beforeAll(() => {
  keys = [0, 1, 2, 3].map(() => opensslKey())
})

const server = (key: OpensslKey, ...shared: OpensslKey[]) =>
  ({ type: 'server', key, md5s: shared.map(({ md5 }) => md5) }) as const
const client = (key: OpensslKey) => ({ type: 'client', key }) as const

it('completes the handshake, asks who is there, and logs in with the frames of the genuine bridge', async () => {
  await using at = await startBridge(keys)
  const peer = await at.login(server(keys[0], keys[1]))
  expect(peer.headers).toMatchObject({
    server: 'sysadm-bridge',
    'access-control-allow-credentials': 'false',
    'access-control-allow-methods': 'GET',
    'access-control-allow-headers': 'content-type',
    'access-control-allow-origin': 'sysadm-server',
  })
  expect(peer.received).toEqual([
    '{"args":"","id":"sysadm_bridge_request_ident","name":"identify","namespace":"rpc"}',
    expect.stringMatching(
      /^\{"args":\{"test_string":"[A-Za-z0-9]{40}"\},"id":"server_to_bridge_auth","name":"response","namespace":"rpc"\}$/,
    ),
    expect.stringMatching(
      /^\{"args":\["[A-Za-z0-9]{40}",0\],"id":"server_to_bridge_auth","name":"response","namespace":"rpc"\}$/,
    ),
    '{"args":{"action":"list_ssl_checksums"},"id":"bridge_request_list_keys","name":"settings","namespace":"rpc"}',
  ])
})

it('answers identify, anything else with null, and what is no whole request not at all', async () => {
  await using at = await startBridge(keys)
  const stranger = await at.connect(client(keys[0]))
  stranger.send('{"namespace":"rpc","name":"query","id":"q"}')
  stranger.send('not JSON')
  stranger.send('{"namespace":"rpc","name":"query","id":7,"args":{}}')
  stranger.send('{"args":"","id":"q","name":"query","namespace":"rpc"}')
  stranger.send('{"args":"","id":"i","name":"Identify","namespace":"RPC"}')
  await stranger.until(() => stranger.received.length === 3)
  expect(stranger.received.slice(1)).toEqual([
    '{"args":null,"id":"q","name":"error","namespace":"rpc"}',
    `{"args":{"hostname":"${hostname()}","type":"bridge"},"id":"i","name":"response","namespace":"RPC"}`,
  ])
  const known = await at.login(client(keys[0]))
  known.send('{"args":["dispatcher"],"id":"s","name":"subscribe","namespace":"events"}')
  await known.until(() => known.received.at(-1)!.includes('"id":"s"'))
  expect(known.received.at(-1)).toBe('{"args":null,"id":"s","name":"response","namespace":"events"}')
})

it('refuses a key that it does not know, a replayed test string and anything else that is encrypted', async () => {
  await using at = await startBridge(keys.slice(0, 3))
  const refused = '{"args":"unauthorized","id":"server_to_bridge_auth","name":"error","namespace":"rpc"}'
  for (const wrong of [client(keys[3]), { ...client(keys[0]), encrypted: 'AAAA' }]) {
    const peer = await at.connect(wrong)
    peer.send('{"args":"","id":"server_to_bridge_auth","name":"auth_ssl","namespace":"rpc"}')
    await peer.until(() => peer.received.includes(refused))
  }
  const peer = await at.connect(client(keys[0]))
  const sent: string[] = []
  const send = peer.send.bind(peer)
  peer.send = (text) => {
    sent.push(text)
    send(text)
  }
  peer.send('{"args":"","id":"server_to_bridge_auth","name":"auth_ssl","namespace":"rpc"}')
  await peer.until(() => peer.received.some((text) => text.includes('list_ssl_checksums')))
  const other = await at.connect(client(keys[0]))
  other.send(sent.find((text) => text.includes('encrypted_string'))!)
  await other.until(() => other.received.includes(refused))
  expect(at.bridge.counts.failedLogins).toBe(3)
})

it('announces servers and clients that share a key to each other, also when one goes away', async () => {
  await using at = await startBridge(keys)
  const nas = await at.login(server(keys[0], keys[2]))
  const web = await at.login(server(keys[1], keys[2], keys[3]))
  const admin = await at.login(client(keys[2]))
  const [id1, id2] = await admin.reaches(2)
  expect(id1).toMatch(/^::\{[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}$/)
  const guest = await at.login(client(keys[3]))
  await guest.reaches(1)
  await web.reaches(2)
  await nas.reaches(1)
  expect(nas.received.at(-1)).toBe(
    `{"args":{"available_connections":["${nas.lists.at(-1)![0]}"]},"id":"","name":"bridge","namespace":"events"}`,
  )
  nas.kill()
  expect(await admin.reaches(1)).toEqual([[id1, id2].find((id) => guest.lists.at(-1)!.includes(id))])
  guest.kill()
  await web.reaches(1)
  admin.kill()
  await web.reaches(0)
  expect(guest.lists).toHaveLength(1)
})

it('announces to a peer that it reaches nobody any more, when it has no key left', async () => {
  await using at = await startBridge(keys)
  const nas = await at.login(server(keys[0], keys[1]))
  const admin = await at.login(client(keys[1]))
  await nas.reaches(1)
  nas.announceKeys([])
  await Promise.all([nas.reaches(0), admin.reaches(0)])
  nas.announceKeys([keys[1].md5])
  await Promise.all([nas.reaches(1), admin.reaches(1)])
})

it('announces nothing if the list is the one that was sent last', async () => {
  await using at = await startBridge(keys)
  const nas = await at.login(server(keys[0], keys[1]))
  const admin = await at.login(client(keys[1]))
  await nas.reaches(1)
  nas.announceKeys([keys[1].md5, keys[2].md5])
  const other = await at.login(client(keys[2]))
  await other.reaches(1)
  await nas.reaches(2)
  expect(nas.lists.map((list) => list.length)).toEqual([1, 2])
  expect(admin.lists).toHaveLength(1)
})

it('relays payloads unchanged, with the id of the sender', async () => {
  await using at = await startBridge(keys)
  const nas = await at.login(server(keys[0], keys[1]))
  const admin = await at.login(client(keys[1]))
  const [toNas] = await admin.reaches(1)
  const [toAdmin] = await nas.reaches(1)
  const payload = Buffer.from('{"args":"","id":"x","name":"query","namespace":"rpc"}').toString('base64')
  admin.relay(toNas, payload)
  admin.relay(toNas, 'two\nlines, and ü')
  admin.relay(toNas, '')
  admin.socket.send(Buffer.from(`${toNas}\nbinary`))
  await nas.until(() => nas.relayed.length === 4)
  expect(nas.relayed).toEqual(
    [payload, 'two\nlines, and ü', '', 'binary'].map((each) => ({ from: toAdmin, payload: each })),
  )
  nas.relay(toAdmin, 'back')
  await admin.until(() => admin.relayed.length === 1)
  expect(admin.relayed).toEqual([{ from: toNas, payload: 'back' }])
  expect(at.bridge.counts).toMatchObject({ messages: 5, unreachable: 0 })
})

/** Whatever it has sent before has arrived after this. */
async function settled(peer: ScriptedPeer): Promise<void> {
  const id = `settled-${peer.received.length}`
  peer.send(`{"args":"","id":"${id}","name":"identify","namespace":"rpc"}`)
  await peer.until(() => peer.received.some((text) => text.includes(id)))
}

it('relays nothing without a shared key, without a login, to the same kind of peer, or to who is gone', async () => {
  await using at = await startBridge(keys)
  const nas = await at.login(server(keys[0], keys[2]))
  const twin = await at.login(server(keys[1], keys[2]))
  const admin = await at.login(client(keys[2]))
  const ids = await admin.reaches(2)
  const [adminId] = await nas.reaches(1)
  const stranger = await at.login(client(keys[3]))
  const unknown = await at.connect(client(keys[2]))
  for (const from of [stranger, unknown]) {
    for (const to of [...ids, adminId]) from.relay(to, 'let me in')
    await settled(from)
  }
  for (const to of ids) nas.relay(to, 'to another server, or itself')
  for (const to of ['::{gone}', '', ` ${adminId}`, `${adminId} `, 'x'.repeat(1000)]) nas.relay(to, 'lost')
  nas.send('no line')
  nas.announceKeys([keys[3].md5])
  await nas.reaches(1)
  nas.relay(adminId, 'no longer')
  admin.relay(ids.find((id) => id !== twin.lists[0][0])!, 'perhaps')
  await settled(nas)
  await settled(admin)
  expect(admin.relayed).toEqual([])
  expect(stranger.relayed).toEqual([])
  expect(nas.relayed.filter(({ payload }) => payload !== 'perhaps')).toEqual([])
  expect(at.bridge.counts.unreachable).toBeGreaterThanOrEqual(10)
})

it('believes no list of keys before the login, and none in an answer that it has not asked for', async () => {
  await using at = await startBridge(keys)
  const nas = await at.login(server(keys[0], keys[1]))
  const stranger = await at.connect(client(keys[1]))
  stranger.announceKeys([keys[1].md5])
  const admin = await at.login(client(keys[2]))
  admin.send(`{"args":{"md5_keys":["${keys[1].md5}"]},"id":"other","name":"response","namespace":"rpc"}`)
  await settled(stranger)
  await settled(admin)
  const real = await at.login(client(keys[1]))
  await real.reaches(1)
  expect(await nas.reaches(1)).toHaveLength(1)
  expect(nas.lists).toHaveLength(1)
})

it('disconnects those whose key is removed, and says goodbye to all when it stops', async () => {
  const at = await startBridge(keys.slice(0, 2))
  const nas = await at.login(server(keys[0], keys[1]))
  const admin = await at.login(client(keys[1]))
  await admin.reaches(1)
  at.bridge.replaceKeys([])
  expect(await nas.untilClosed()).toEqual({ code: 1000, reason: '' })
  await admin.untilClosed()
  expect(at.bridge.counts.closed.get('key-removed')).toBe(2)
  const stranger = await at.connect(client(keys[0]))
  const closing = at.bridge.close()
  expect((await stranger.untilClosed()).code).toBe(1000)
  await closing
  expect(at.bridge.connections).toBe(0)
  await at[Symbol.asyncDispose]()
})

it('takes a certificate that was replaced for new connections, and keeps the open ones', async () => {
  await using at = await startBridge(keys)
  const before = await at.login(client(keys[0]))
  const made = await makeCertificate(['localhost'], 1)
  const files = ['certificate', 'key'].map((name) => join(at.folder, 'tls', `${name}.pem`))
  writeCertificate(made, { certificate: files[0], key: files[1] }, true)
  expect(at.certificate.reload()).toBe(true)
  const { hostname: host, port } = new URL(at.url)
  const socket = connect({ host, port: Number(port), rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  expect(socket.getPeerCertificate().fingerprint256).toBe(made.fingerprint)
  socket.destroy()
  expect(before.closed).toBeUndefined()
  expect(at.certificate.reload()).toBe(false)
})
