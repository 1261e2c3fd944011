import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generate } from 'selfsigned'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { JetStreamLog } from '../../src/log/jetstream/jetstream-log.js'
import { openJetStreamState } from '../../src/state/jetstream/jetstream-state.js'
import { NatsLink } from '../../src/storage/nats/link.js'
import { NatsServer } from '../helpers/nats-server.js'
import { realRuntime } from '../helpers/real-runtime.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { requireTool } from '../helpers/tools.js'
import { append, frames, readAll } from '../log/conformance/tools.js'
import { endless } from '../log/jetstream/open-log.js'

const packaged = fileURLToPath(new URL('../../packaging/nats/', import.meta.url))
const passwords = {
  TOCSIN_HUB_PASSWORD: 'hub-secret',
  TOCSIN_READER_PASSWORD: 'reader-secret',
  NATS_ADMIN_PASSWORD: 'admin-secret',
}

/** The packaged files with the folders of this machine. */
let folder: string
let ca: string

beforeAll(async () => {
  folder = temporaryFolder('nats-conf')
  mkdirSync(join(folder, 'tls'))
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
  })
  ca = cert
  writeFileSync(join(folder, 'tls/server.key'), key)
  for (const name of ['server.crt', 'ca.crt']) writeFileSync(join(folder, 'tls', name), cert)
  for (const name of ['accounts.conf', 'single.conf', 'cluster.conf'])
    writeFileSync(join(folder, name), placed(name))
})

function placed(name: string): string {
  const text = readFileSync(join(packaged, name), 'utf8')
  return text.replaceAll('/etc/nats', folder).replaceAll('/var/lib/nats', join(folder, 'store'))
}

function checked(name: string, environment: Record<string, string>) {
  const options = { encoding: 'utf8', env: environment } as const
  return spawnSync(requireTool('nats-server'), ['-t', '-c', join(folder, name)], options)
}

describe('the packaged configuration of nats-server', () => {
  test.each(['nats1', 'nats2', 'nats3'])('for three machines is sound on %s', (node) => {
    const { status, stderr } = checked('cluster.conf', { ...passwords, NATS_NODE: node })
    expect(stderr).toContain('is valid')
    expect(status).toBe(0)
  })

  test('for one machine is sound', () => {
    const { status, stderr } = checked('single.conf', passwords)
    expect(stderr).toContain('is valid')
    expect(status).toBe(0)
  })

  test('does not start a server without passwords', () => {
    const { status, stderr } = checked('single.conf', {})
    expect(status).not.toBe(0)
    expect(stderr).toMatch(/variable reference for '.*PASSWORD'/)
  })
})

describe('a server with the packaged configuration', () => {
  let server: NatsServer
  beforeAll(async () => {
    // The helper says itself where the server listens and stores.
    const own = /^(server_name|listen|include).*$|^jetstream \{[^}]*\}$/gm
    const lines = [placed('single.conf').replace(own, ''), placed('accounts.conf')]
    server = await NatsServer.start({ lines, env: passwords })
  })
  afterAll(() => server?.stop())

  async function linkAs(user: string, pass: string): Promise<NatsLink> {
    // The library compares certificates with names only, never with addresses.
    const servers = `tls://${server.address.replace('127.0.0.1', 'localhost')}`
    const link = await NatsLink.open({ runtime: realRuntime, servers, user, pass, tls: { ca } })
    onTestFinished(() => link.close())
    return link
  }

  async function hubLog(): Promise<JetStreamLog> {
    const link = await linkAs('hub', passwords.TOCSIN_HUB_PASSWORD)
    const names = { stream: 'TOCSIN', prefix: 'tocsin' }
    const log = await JetStreamLog.open({
      runtime: realRuntime,
      link,
      ...names,
      window: 16,
      typeOf: (tag) => tag,
    })
    onTestFinished(() => log.close())
    return log
  }

  test('lets a hub do all that it needs with log and state', async () => {
    const [log, other] = [await hubLog(), await hubLog()]
    await log.lead(endless)
    await append(log, frames(50))
    await expect.poll(() => other.last).toBe(log.last)
    expect(await readAll(other, 1)).toHaveLength(50)
    await log.compact({ count: 10 })
    await log.compact({ age: 3600e6 }, 'automatic')
    expect(await readAll(log, 1)).toHaveLength(10)
    const link = await linkAs('hub', passwords.TOCSIN_HUB_PASSWORD)
    const state = await openJetStreamState({ runtime: realRuntime, link, prefix: 'tocsin' })
    onTestFinished(() => state.close())
    const principals = state.bucket('principals')
    await principals.put('one', Buffer.from('value'))
    expect(Buffer.from((await principals.get('one'))!.value).toString()).toBe('value')
    await principals.delete('one')
    expect(await principals.get('one')).toBeUndefined()
  })

  test('lets hubs ask each other', async () => {
    const [one, other] = [
      await linkAs('hub', passwords.TOCSIN_HUB_PASSWORD),
      await linkAs('hub', passwords.TOCSIN_HUB_PASSWORD),
    ]
    one.subscribe('tocsin.append.1', ({ reply }) => one.publish(reply, Buffer.from('yes')))
    await one.flush()
    const { payload } = await other.request('tocsin.append.1', Buffer.from('?'), 2000)
    expect(Buffer.from(payload).toString()).toBe('yes')
  })

  test('lets other programs hear events, and neither store, change nor read anything', async () => {
    const log = await hubLog()
    await log.lead(endless)
    const reader = await linkAs('reader', passwords.TOCSIN_READER_PASSWORD)
    const heard: string[] = []
    reader.subscribe('tocsin.event.>', ({ subject }) => heard.push(subject))
    await reader.flush()
    const before = log.last
    for (const subject of [
      'tocsin.event.forged',
      'tocsin.barrier',
      'tocsin.append.1',
      '$KV.tocsin_principals.forged',
    ])
      reader.publish(subject, Buffer.from('x'))
    for (const request of [
      'STREAM.INFO.TOCSIN',
      'STREAM.PURGE.TOCSIN',
      'STREAM.MSG.GET.KV_tocsin_principals',
    ])
      await expect(reader.request(`$JS.API.${request}`, Buffer.from('{}'), 300)).rejects.toThrow()
    await append(log, frames(1))
    await expect.poll(() => heard.length).toBeGreaterThan(0)
    expect(heard).toEqual(['tocsin.event.test.frames.0'])
    expect(log.last).toBeGreaterThan(before)
    expect(log.term).toBeGreaterThan(0)
    expect(log.damage).toEqual([])
  })

  test('lets nobody in without a password', async () => {
    await expect(linkAs('hub', 'wrong')).rejects.toThrow()
  })
})
