import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SourceRunner } from '../../../src/sources/runner.js'
import type { SourceContext } from '../../../src/sources/source.js'
import { syslogSource, syslogSourcesConfig } from '../../../src/sources/syslog/index.js'
import { Datagrams } from '../../../src/sources/udp/datagrams.js'
import { dropsOf } from '../../../src/sources/udp/drops.js'
import { closed } from '../../helpers/closed.js'
import { clockByHand, FakeRuntime } from '../../helpers/fake-runtime.js'
import { FakeHost } from '../../helpers/fake-source-host.js'
import { SyslogHarness, testCertificate } from './harness.js'

const local = '127.0.0.1:0'
let syslog: SyslogHarness
beforeEach(() => {
  syslog = new SyslogHarness()
})
afterEach(() => syslog.close())

async function dial(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.on('error', () => {})
  return socket
}

describe('logger', () => {
  it('is understood over UDP and TCP, in both formats and both framings', async () => {
    await syslog.start({ udp: local, tcp: local })
    const udp = ['-n', '127.0.0.1', '-d', '-P', String(syslog.port('udp'))]
    const tcp = ['-n', '127.0.0.1', '-T', '-P', String(syslog.port('tcp'))]
    await syslog.logger(...udp, '--rfc3164', '-t', 'one', '-p', 'auth.err', 'ü 3164 udp')
    await syslog.until(() => syslog.messages.length === 1)
    await syslog.logger(...udp, '--rfc5424', '-t', 'two', '-i', 'udp 5424')
    await syslog.until(() => syslog.messages.length === 2)
    await syslog.logger(
      ...tcp,
      '--rfc5424',
      '--octet-count',
      '--msgid',
      'ID47',
      '--sd-id',
      'zoo@123',
      '--sd-param',
      'tiger="hungry"',
      '-t',
      'three',
      'counted ü',
    )
    await syslog.until(() => syslog.messages.length === 3)
    await syslog.logger(...tcp, '--rfc3164', '-t', 'four', 'line')
    await syslog.until(() => syslog.messages.length === 4)
    expect(syslog.messages).toMatchObject([
      {
        facility: 'auth',
        severity: 'err',
        app: 'one',
        message: 'ü 3164 udp',
        transport: 'udp',
        peer: '127.0.0.1',
        format: 'rfc3164',
      },
      {
        app: 'two',
        pid: expect.stringMatching(/^\d+$/),
        message: 'udp 5424',
        format: 'rfc5424',
        structured: { timeQuality: {} },
      },
      {
        app: 'three',
        msgid: 'ID47',
        message: 'counted ü',
        transport: 'tcp',
        structured: { 'zoo@123': { tiger: 'hungry' } },
      },
      { app: 'four', message: 'line', host: expect.any(String) },
    ])
    expect(
      syslog.messages.every(({ malformed, time }) => malformed === undefined && time !== undefined),
    ).toBe(true)
    expect(syslog.host.events.find(({ data }) => (data as { app?: string }).app === 'four')?.tag).toMatch(
      /^syslog\/t\/[^/]+\/four$/,
    )
  })

  it('is understood over a unix socket, whose permissions are those of the configuration', async () => {
    const unix = syslog.path('log')
    await syslog.start({ unix, unixMode: '0620' })
    expect(statSync(unix).mode & 0o777).toBe(0o620)
    await syslog.logger('-u', unix, '-t', 'demo', 'over unix')
    await syslog.until(() => syslog.messages.length === 1)
    expect(syslog.messages).toMatchObject([{ app: 'demo', message: 'over unix', transport: 'unix' }])
  })

  it('is not received over a unix socket that others can exchange', async () => {
    const folder = syslog.path('open')
    mkdirSync(folder)
    chmodSync(folder, 0o777)
    syslog.launch({ unix: join(folder, 'log') })
    await syslog.until(() => syslog.runner.status().reason?.includes('can be written by everybody') === true)
    chmodSync(folder, 0o1777)
    await syslog.until(() => syslog.runner.status().state === 'up')
  })
})

describe('rsyslog', () => {
  it.each([
    ['its usual form and lines', '', 'traditional', 'rfc3164', 'through rsyslog'],
    [
      'its form of RFC 5424 and counted messages',
      'template="RSYSLOG_SyslogProtocol23Format"',
      'octet-counted',
      'rfc5424',
      // For rsyslog, the blank after the colon of a tag belongs to the text.
      ' through rsyslog',
    ],
  ])('is understood with %s', async (_, template, framing, format, message) => {
    await syslog.start({ tcp: local })
    const source = syslog.path('in')
    const config = syslog.path('rsyslog.conf')
    writeFileSync(
      config,
      `module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="${source}" CreatePath="on")
action(type="omfwd" target="127.0.0.1" port="${syslog.port('tcp')}" protocol="tcp" TCP_Framing="${framing}" ${template})
`,
    )
    const daemon = spawn('rsyslogd', ['-n', '-f', config, '-i', syslog.path('pid')], { stdio: 'ignore' })
    try {
      await syslog.until(() => statSync(source, { throwIfNoEntry: false })?.isSocket() === true)
      await syslog.logger('-u', source, '-t', 'demo', '-p', 'local1.warning', 'through rsyslog')
      await syslog.until(() => syslog.texts.includes(message))
      expect(syslog.messages.find(({ app }) => app === 'demo')).toMatchObject({
        facility: 'local1',
        severity: 'warning',
        message,
        format,
      })
      expect(syslog.messages.every(({ malformed }) => malformed === undefined)).toBe(true)
    } finally {
      daemon.kill('SIGKILL')
      await once(daemon, 'exit')
    }
  })
})

describe('TLS', () => {
  it('carries messages of senders with a certificate of the authority, and of no others', async () => {
    const { certificate, key } = testCertificate(syslog.folder)
    await syslog.start({ tls: { address: local, certificate, key, clientCa: certificate } })
    const send = (...more: string[]) => {
      const client = spawn(
        'openssl',
        ['s_client', '-quiet', '-connect', `127.0.0.1:${syslog.port('tls')}`, ...more],
        { stdio: ['pipe', 'ignore', 'ignore'] },
      )
      client.stdin.on('error', () => {})
      client.stdin.write('27 <13>1 - vm demo - - - hello')
      return client
    }
    const stranger = send()
    await once(stranger, 'exit')
    const known = send('-cert', certificate, '-key', key)
    await syslog.until(() => syslog.messages.length === 1)
    known.kill()
    expect(syslog.messages).toMatchObject([
      { message: 'hello', transport: 'tls', certificate: 'localhost', host: 'vm' },
    ])
  })
})

describe('a sender', () => {
  it('that sends garbage, half a message or too much hurts only itself', async () => {
    await syslog.start({ tcp: local, maxMessage: '480B' })
    const bad = await dial(syslog.port('tcp'))
    const good = await dial(syslog.port('tcp'))
    bad.write(Buffer.from([0xff, 0xfe, 0x0a]))
    bad.write(`<13>${'x'.repeat(100_000)}\n<13>after\n100 <13>half`)
    good.write('<13>Nov 21 02:54:26 vm demo: fine\n')
    await syslog.until(() => syslog.messages.length === 4)
    bad.destroy()
    await syslog.until(() => syslog.messages.length === 5)
    expect(syslog.messages.find(({ bytes }) => bytes)).toMatchObject({
      malformed: 'it has no priority',
      bytes: Uint8Array.of(0xff, 0xfe),
    })
    expect(syslog.messages.find(({ cut }) => cut)).toMatchObject({ cut: 100_004 })
    expect(syslog.texts).toContain('after')
    expect(syslog.messages.find(({ message }) => message === 'fine')).toMatchObject({ app: 'demo' })
    expect(syslog.messages.find(({ message }) => message === 'half')).toMatchObject({
      malformed: 'the connection ended before the message did',
    })
    good.destroy()
  })

  it('waits while the hub accepts no events, and nothing is lost or out of order', async () => {
    await syslog.start({ tcp: local })
    syslog.host.full = true
    const sender = await dial(syslog.port('tcp'))
    const count = 50_000
    const lines = Array.from({ length: count }, (_, i) => `<13>1 - - - - - - ${i} ${'x'.repeat(250)}\n`).join(
      '',
    )
    sender.write(lines)
    await syslog.until(() => sender.bytesWritten > 0 && sender.writableLength > 0)
    syslog.host.full = false
    sender.end()
    await syslog.until(() => syslog.host.events.length > count)
    expect(syslog.texts).toHaveLength(count)
    expect(syslog.texts.every((text, i) => text.startsWith(`${i} `))).toBe(true)
    expect(syslog.gaps).toEqual([])
  })

  it('beyond the most connections is refused, and one that leaves makes room', async () => {
    await syslog.start({ tcp: local, maxPeers: 1 })
    const first = await dial(syslog.port('tcp'))
    first.write('<13>a\n')
    await syslog.until(() => syslog.messages.length === 1)
    const second = await dial(syslog.port('tcp'))
    await closed(second)
    first.destroy()
    await syslog.until(() => syslog.senders === 0)
    const third = await dial(syslog.port('tcp'))
    third.end('<13>b\n')
    await syslog.until(() => syslog.texts.includes('b'))
  })

  it('whose message does not end is missed since the hub has closed its connection', async () => {
    const clock = clockByHand()
    syslog = new SyslogHarness(clock)
    await syslog.start({ tcp: local })
    const sender = await dial(syslog.port('tcp'))
    sender.write('<13>ha')
    await syslog.until(() => {
      clock.advance(5_000)
      return syslog.gaps.length > 0
    })
    expect(syslog.gaps).toMatchObject([{ count: null, reason: '127.0.0.1: a message did not end in time' }])
    expect(syslog.texts).toEqual(['ha'])
  })

  it('from another network is not accepted', async () => {
    await syslog.start({ tcp: local, udp: local, from: ['192.0.2.0/24', '2001:db8::1'] })
    const stranger = await dial(syslog.port('tcp'))
    stranger.write('<13>a\n')
    await closed(stranger)
    expect(syslog.messages).toEqual([])
  })
})

it('datagrams that the hub cannot take wait, and those beyond the limit are counted', async () => {
  await syslog.start({ udp: local, maxMessage: '60KiB' })
  const { createSocket } = await import('node:dgram')
  const sender = createSocket('udp4')
  const send = (text: string) =>
    new Promise<void>((done) => sender.send(text, syslog.port('udp'), '127.0.0.1', () => done()))
  syslog.host.full = true
  await send('<13>1 - - - - - - waits')
  syslog.host.full = false
  await syslog.until(() => syslog.messages.length === 1)
  sender.close()
  expect(syslog.texts).toEqual(['waits'])
})

it('what the kernel drops while the hub is busy is counted, and with what arrives it is all', async () => {
  const runtime = new FakeRuntime()
  const host = new FakeHost(runtime)
  let lost = 0
  const datagrams = new Datagrams({
    address: { host: '127.0.0.1', port: 0 },
    receiveBuffer: 64 * 1024,
    runtime,
    receive: () => host.publish({ tag: 'm', data: {} }),
    accepts: () => true,
    lost: (count) => {
      lost += count
    },
    failed: () => {},
  })
  await datagrams.listen()
  const script = `import socket
s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)
for i in range(3000): s.sendto(b'<13>x',('127.0.0.1',${datagrams.port}))`
  // Nothing is read while this process waits for the sender.
  execFileSync('python3', ['-c', script])
  await vi.waitFor(() => {
    runtime.advance(5_000)
    expect(host.events.length + lost).toBe(3_000)
  })
  expect(lost).toBeGreaterThan(0)
  await datagrams.close()
})

it('losses of the kernel are read from its table', () => {
  const table = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
 4402: 0100007F:15B3 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 29350 2 000000001cd3d1c8 42
 4403: 00000000:15B3 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 29351 2 000000001cd3d1c9 7
`
  expect(dropsOf(table, { address: '127.0.0.1', port: 5555 })).toBe(42)
  expect(dropsOf(table, { address: '0.0.0.0', port: 5555 })).toBe(7)
  expect(dropsOf(table, { address: '127.0.0.1', port: 5556 })).toBeUndefined()
})

it('the text of messages can be parsed; what the header says stays, and the same in the text is a field', async () => {
  await syslog.start({ tcp: local, parse: 'json' })
  const sender = await dial(syslog.port('tcp'))
  const stamp = '2026-11-21T02:54:26Z'
  sender.end(
    [
      `<11>1 ${stamp} vm app - - - {"level":"info","ts":"2026-11-20T00:00:00Z","msg":"hi","user":7}\n`,
      '<11>1 - vm app - - - {"level":"info","ts":"2026-11-20T00:00:00Z"}\n',
      '<11>1 - vm app - - - text\n',
    ].join(''),
  )
  await syslog.until(() => syslog.messages.length === 3)
  const [first, second, third] = syslog.messages
  expect(first).toMatchObject({
    severity: 'err',
    message: 'hi',
    time: expect.stringMatching(/^2026-11-21T02:54:26/),
  })
  expect(first.fields).toEqual({ level: 'info', ts: '2026-11-20T00:00:00Z', user: 7 })
  expect(second).toMatchObject({ severity: 'err', time: expect.stringMatching(/^2026-11-20T00:00:00/) })
  expect(second.fields).toEqual({ level: 'info' })
  expect(third).toMatchObject({ severity: 'err', message: 'text' })
  expect(syslog.runner.status().health?.details).toMatchObject({ unparsed: 1, malformed: 0 })
})

it('the socket of a hub that was killed is replaced, and one that somebody uses is not', async () => {
  const unix = syslog.path('log')
  execFileSync('python3', [
    '-c',
    `import socket;s=socket.socket(socket.AF_UNIX);s.bind(${JSON.stringify(unix)})`,
  ])
  await syslog.start({ unix })
  const other = new SyslogHarness()
  other.launch({ unix })
  await other.until(() => other.runner.status().reason?.includes('EADDRINUSE') === true)
  await other.close()
})

it('a source that is stopped while it starts leaves no listener, even if a later one cannot be opened', async () => {
  const free = createServer().listen(0, '127.0.0.1')
  await once(free, 'listening')
  const { port } = free.address() as AddressInfo
  await new Promise((done) => free.close(done))
  const [config] = syslogSourcesConfig.parse([
    { name: 'a', tcp: `127.0.0.1:${port}`, unix: join(syslog.folder, 'missing', 'log') },
  ])
  const definition = syslogSource(config)
  let starting: Promise<void> | undefined
  const create = () => {
    const source = definition.create()
    const start = (context: SourceContext) => {
      starting = source.start(context)
      return starting
    }
    return { start, stop: () => source.stop(), health: () => source.health() }
  }
  const runner = new SourceRunner({ ...definition, create }, syslog.host)
  runner.start()
  await runner.stop()
  await expect(starting).rejects.toThrow('cannot listen at unix')
  await expect(dial(port)).rejects.toThrow('ECONNREFUSED')
})

describe('the configuration', () => {
  const parse = (entry: object) => syslogSourcesConfig.parse([{ name: 'a', ...entry }])

  it('asks for TLS, or for a word, beyond this machine', () => {
    expect(() => parse({ udp: '0.0.0.0:514' })).toThrow('insecure: true')
    expect(parse({ udp: '0.0.0.0:514', insecure: true })[0].udp).toEqual({ host: '0.0.0.0', port: 514 })
  })

  it('needs a listener, and networks that are some', () => {
    expect(() => parse({})).toThrow('at least one of')
    expect(() => parse({ udp: local, from: ['10.0.0.0/33'] })).toThrow('10.0.0.0/8')
  })
})
