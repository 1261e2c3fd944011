import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect as connectTcp } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../bench/sides/network.js'
import { HubProcess, jsonLines, lines, Running, root } from '../e2e/hub-process.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { Receiver } from '../sinks/receiver.js'

/** The first page of the README with the built program. test/e2e/readme.python.test.ts runs its commands word for word. */
const EVENTS = 500

let folder: string
let hub: HubProcess
let chat: Receiver
let config: string
let ports: { http: number; syslog: number }

beforeAll(async () => {
  folder = temporaryFolder('first-page')
  chat = await Receiver.start()
  ports = { http: await freePort(), syslog: await freePort() }
  config = `
listen: { http: '127.0.0.1:${ports.http}' }
sources: { syslog: [{ name: net, tcp: '127.0.0.1:${ports.syslog}' }] }
rules:
  logins:
    filter: syslog/net/*/sshd
    where: data.message LIKE 'Failed password%'
    by: data.host
    after: { count: 3, within: 1m }
    fire: { tag: "alert/login/\${data.host}", data: { text: "somebody tries to log in" } }
sinks:
  chat: { type: webhook, form: slack, url: '${chat.url}', filter: alert/ }
`
  hub = await startHub()
})

afterAll(async () => {
  await hub?.[Symbol.asyncDispose]()
  await chat?.[Symbol.asyncDispose]()
})

function startHub(): Promise<HubProcess> {
  return HubProcess.start({ folder, config, sources: true })
}

async function run(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await hub.tocsin(args)
  expect({ code, stderr }).toEqual({ code: 0, stderr })
  return stdout
}

describe('the first page of the README', () => {
  it('publishes an event, and prints its cursor', async () => {
    expect(await run('fire', 'demo/hello', '{"bell": "rings"}', '--ack', 'durable')).toMatch(
      /^[a-z2-7]{13}-\d+$/m,
    )
  })

  it('waits for an event', async () => {
    const waiting = hub.startTocsin(['wait', 'demo/done', '--from', '-1m', '--timeout', '30s'])
    await run('fire', 'demo/done')
    expect(await waiting.ended).toMatchObject({ code: 0, stdout: expect.stringContaining('demo/done') })
  })

  it('reads the past as CloudEvents', async () => {
    const events = jsonLines(await run('read', '--from', '-10m', '--format', 'json', 'demo/'))
    expect(events.map(({ subject }) => subject)).toEqual(['demo/hello', 'demo/done'])
  })

  it('shows subscribers, and the hub', async () => {
    expect(await run('who')).toMatch(/^(WHO .* FILTER|nobody is subscribed)/)
    expect(await run('status')).toContain('tocsin ')
  })

  it('makes an alert of messages, which a chat gets', async () => {
    const socket = connectTcp(ports.syslog, '127.0.0.1')
    const line = '<38>1 2026-01-01T00:00:00Z web1 sshd 1 - - Failed password for root\n'
    socket.end(line.repeat(3))
    await expect.poll(() => chat.got.map(({ body }) => body).join()).toContain('somebody tries to log in')
    expect(await run('wait', 'alert/', '--from', '-1m', '--timeout', '30s')).toContain('alert/login/web1')
  })

  it('takes and gives events over HTTP, with a token', async () => {
    const token = (await run('token', 'add', 'me', '--see', '*', '--publish', 'demo/')).trim()
    const url = `http://127.0.0.1:${ports.http}/v1`
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/cloudevents+json' }
    const door = {
      specversion: '1.0',
      id: '1',
      source: 'me',
      type: 'door',
      subject: 'demo/door',
      data: { open: true },
    }
    const published = await fetch(`${url}/events`, { method: 'POST', headers, body: JSON.stringify(door) })
    expect(await published.json()).toMatchObject({ cursor: expect.any(String) })
    const stream = await fetch(`${url}/stream?filter=demo/&from=-1h&to=now`, { headers })
    expect(await stream.text()).toMatch(/^data: \{.*"subject":"demo\/door"/m)
    const where = encodeURIComponent('data.open = TRUE')
    const past = await fetch(`${url}/events?from=-1h&where=${where}`, { headers })
    expect(((await past.json()) as { events: unknown[] }).events).toHaveLength(1)
    expect((await fetch(`${url}/events`)).status).toBe(401)
  })

  it('loses nothing that was acknowledged when it is killed, and a reader goes on where it stopped', async () => {
    const input = Array.from({ length: EVENTS }, (_, n) => JSON.stringify({ n })).join('\n')
    const published = await hub.tocsin(['fire', 'kept', '-', '--ack', 'durable'], { input: `${input}\n` })
    expect(published, published.stderr).toMatchObject({ code: 0 })
    const first = jsonLines(await run('read', '--format', 'json', '--count', '200', 'kept'))
    await hub.signal('SIGKILL')
    hub = await startHub()
    const after = String(first.at(-1)!.id)
    const rest = jsonLines(await run('read', '--from', after, '--format', 'json', 'kept'))
    const numbers = [...first, ...rest].map(({ data }) => (data as { n: number }).n)
    expect([...new Set(numbers)]).toEqual(Array.from({ length: EVENTS }, (_, n) => n))
  })

  it('is at hand for programs that install its tarball', async () => {
    const modules = join(folder, 'program/node_modules')
    mkdirSync(modules, { recursive: true })
    execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], { cwd: root })
    const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))!
    execFileSync('tar', ['-xzf', join(folder, tarball), '-C', modules])
    for (const name of readdirSync(join(root, 'node_modules')))
      symlinkSync(join(root, 'node_modules', name), join(modules, name))
    symlinkSync(join(modules, 'package'), join(modules, 'tocsin'))
    const program = join(folder, 'program/program.mjs')
    writeFileSync(program, PROGRAM)
    const env = { ...process.env, TOCSIN_URL: hub.socket }
    const { code, stdout, stderr } = await new Running(process.execPath, [program], { env }).ended
    expect({ code, stderr, lines: lines(stdout) }).toEqual({
      code: 0,
      stderr: '',
      lines: expect.arrayContaining(['demo/door { open: true }']),
    })
  })

  it('stops in time', async () => {
    const follower = hub.startTocsin(['tail', '--from', 'start'])
    await follower.prints('demo/door')
    expect(await hub.stop()).toMatchObject({ code: 0 })
  })
})

const PROGRAM = `import { connect } from 'tocsin'

const hub = await connect()
await hub.publish('demo/door', { open: true }, { ack: 'durable' })
for await (const event of hub.read('demo/', { from: '-10m' }).events()) console.log(event.tag, event.data)
await hub.close()
`
