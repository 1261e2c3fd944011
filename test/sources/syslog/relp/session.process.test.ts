import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { syslogSourcesConfig } from '../../../../src/sources/syslog/index.js'
import { SyslogHarness, testCertificate } from '../harness.js'

const local = '127.0.0.1:0'
const OFFERS = 'relp_version=0\nrelp_software=tocsin\ncommands=syslog'
const OPENED = `1 rsp 58 200 OK\n${OFFERS}\n`

let syslog: SyslogHarness
beforeEach(() => {
  syslog = new SyslogHarness()
})
afterEach(() => syslog.close())

/** A sender, and everything that it was answered. */
class Sender {
  answered = ''
  isOver = false
  readonly #socket = connect(syslog.port('relp'), '127.0.0.1')

  constructor() {
    this.#socket.on('error', () => undefined)
    this.#socket.on('close', () => {
      this.isOver = true
    })
    this.#socket.on('data', (chunk) => {
      this.answered += chunk
    })
  }

  say(text: string): void {
    this.#socket.write(text)
  }

  leave(): void {
    this.#socket.destroy()
  }
}

it('a session is opened, its messages are acknowledged in their order, and it is closed', async () => {
  await syslog.start({ relp: local })
  const sender = new Sender()
  sender.say('1 open 39 relp_version=0\ncommands=syslog,starttls\n')
  await syslog.until(() => sender.answered === OPENED)
  sender.say('2 syslog 28 <13>Nov 20 10:00:00 h p: one\n3 sys')
  sender.say('log 28 <11>Nov 20 10:00:01 h q: two\n4 nonsense 0\n5 close 0\n')
  await syslog.until(() => sender.isOver)
  expect(sender.answered.slice(OPENED.length)).toBe(
    '2 rsp 6 200 OK\n3 rsp 6 200 OK\n4 rsp 29 500 this command is not known\n5 rsp 0\n0 serverclose 0\n',
  )
  expect(syslog.messages).toMatchObject([
    { transport: 'relp', peer: '127.0.0.1', host: 'h', app: 'p', message: 'one' },
    { severity: 'err', app: 'q', message: 'two' },
  ])
})

it('a line feed that ends a message, as some templates of rsyslog have it, is not a part of it', async () => {
  await syslog.start({ relp: local })
  const sender = new Sender()
  sender.say('1 open 0\n2 syslog 29 <13>Nov 20 10:00:00 h p: one\n\n')
  await syslog.until(() => syslog.messages.length === 1)
  expect(syslog.messages).toMatchObject([{ app: 'p', message: 'one' }])
  sender.leave()
})

it('a message as long as it may be is whole with its line feed, and a longer one is cut', async () => {
  await syslog.start({ relp: local, maxMessage: '480B' })
  const sender = new Sender()
  const message = (length: number) => `<13>${'x'.repeat(length - 4)}`
  sender.say(`1 open 0\n2 syslog 481 ${message(480)}\n\n3 syslog 480 ${message(480)}\n`)
  sender.say(`4 syslog 481 ${message(481)}\n5 syslog 482 ${message(481)}\n\n`)
  await syslog.until(() => syslog.messages.length === 4)
  expect(syslog.texts.map((text) => text.length)).toEqual([476, 476, 476, 476])
  expect(syslog.messages.map(({ cut }) => cut)).toEqual([undefined, undefined, 481, 481])
  sender.leave()
})

it('a message is acknowledged only when its event is safe', async () => {
  let safe = () => {}
  syslog.host.settled = () =>
    new Promise((resolve) => {
      safe = resolve
    })
  await syslog.start({ relp: local })
  const sender = new Sender()
  sender.say('1 open 0\n2 syslog 5 <13>a\n')
  await syslog.until(() => syslog.texts.includes('a') && sender.answered !== '')
  expect(sender.answered).toBe(OPENED)
  safe()
  await syslog.until(() => sender.answered.endsWith('2 rsp 6 200 OK\n'))
})

it('repeats are acknowledged only when the event that stands for them is published', async () => {
  await syslog.start({ relp: local, collapse: '1h' })
  const sender = new Sender()
  sender.say('1 open 0\n2 syslog 5 <13>a\n3 syslog 5 <13>a\n4 syslog 5 <13>a\n')
  await syslog.until(() => sender.answered.endsWith('4 rsp 6 200 OK\n'))
  expect(syslog.texts).toEqual(['a', 'a'])
  expect(syslog.messages[1]).toMatchObject({ repeated: 2 })
})

it('repeats that the hub does not accept are not acknowledged, and their sender sends them again', async () => {
  await syslog.start({ relp: local, collapse: '1h' })
  const sender = new Sender()
  sender.say('1 open 0\n2 syslog 5 <13>a\n')
  await syslog.until(() => sender.answered.endsWith('2 rsp 6 200 OK\n'))
  syslog.host.settled = () => Promise.reject(new Error('the log is full'))
  sender.say('3 syslog 5 <13>a\n')
  await syslog.until(() => sender.isOver)
  expect(sender.answered).not.toContain('3 rsp')
})

it('while the hub accepts no events, its messages wait without an acknowledgement', async () => {
  await syslog.start({ relp: local })
  const sender = new Sender()
  sender.say('1 open 0\n')
  await syslog.until(() => sender.answered === OPENED)
  syslog.host.full = true
  sender.say('2 syslog 5 <13>a\n')
  const other = new Sender()
  other.say('1 open 0\n')
  await syslog.until(() => other.answered === OPENED)
  expect(sender.answered).toBe(OPENED)
  syslog.host.full = false
  await syslog.until(() => sender.answered.endsWith('2 rsp 6 200 OK\n'))
  expect(syslog.texts).toEqual(['a'])
})

it('a message before the session is open is refused', async () => {
  await syslog.start({ relp: local })
  const sender = new Sender()
  sender.say('1 syslog 5 <13>a\n')
  await syslog.until(() => sender.answered === '1 rsp 27 500 the session is not open\n')
  expect(syslog.messages).toEqual([])
})

it('a sender that does not speak RELP is disconnected, and reported', async () => {
  await syslog.start({ relp: local })
  const sender = new Sender()
  sender.say('<13>plain\n')
  await syslog.until(() => sender.isOver)
  await syslog.until(() => syslog.gaps.length === 1)
  expect(syslog.gaps).toMatchObject([{ reason: expect.stringContaining('senders over relp') }])
})

it('an address beyond this machine needs to be allowed', () => {
  const check = (more: object) =>
    syslogSourcesConfig.safeParse([{ name: 't', relp: '0.0.0.0:2514', ...more }]).success
  expect([check({}), check({ insecure: true })]).toEqual([false, true])
})

describe('rsyslog', () => {
  let daemon: ChildProcess | undefined
  afterEach(async () => {
    if (daemon === undefined) return
    daemon.kill('SIGKILL')
    await once(daemon, 'exit')
    daemon = undefined
  })

  /** Starts one that sends to the port what is logged to its socket. */
  async function startDaemon(port: number, more = ''): Promise<(text: string) => Promise<unknown>> {
    const [source, config] = [syslog.path('in'), syslog.path('rsyslog.conf')]
    writeFileSync(
      config,
      `module(load="imuxsock" SysSock.Use="off")
module(load="omrelp")
input(type="imuxsock" Socket="${source}" CreatePath="on" RateLimit.Interval="0")
action(type="omrelp" target="127.0.0.1" port="${port}" template="RSYSLOG_ForwardFormat"
  action.resumeInterval="1" action.resumeRetryCount="-1" queue.type="LinkedList" ${more})
`,
    )
    daemon = spawn('rsyslogd', ['-n', '-f', config, '-i', syslog.path('pid')], { stdio: 'ignore' })
    await syslog.until(() => statSync(source, { throwIfNoEntry: false })?.isSocket() === true)
    return (text) => syslog.logger('-u', source, '-t', 'demo', '-p', 'local1.warning', text)
  }
  const has = (text: string) => syslog.messages.some(({ message }) => String(message).trim() === text)

  it('sends what was not acknowledged again, so that a hub that was away misses nothing', async () => {
    await syslog.start({ relp: local })
    const port = syslog.port('relp')
    const log = await startDaemon(port)
    await log('one')
    await syslog.until(() => has('one'))
    expect(syslog.messages.find(({ app }) => app === 'demo')).toMatchObject({
      facility: 'local1',
      severity: 'warning',
      transport: 'relp',
    })
    await syslog.runner.stop()
    for (let n = 0; n < 20; n++) await log(`while away ${n}`)
    await syslog.start({ relp: `127.0.0.1:${port}` })
    await syslog.until(() => Array.from({ length: 20 }, (_, n) => has(`while away ${n}`)).every(Boolean))
    expect(syslog.messages.every(({ malformed }) => malformed === undefined)).toBe(true)
  })

  it('sends over TLS, with a certificate of its own', async () => {
    const { certificate, key } = testCertificate(syslog.folder)
    await syslog.start({ tls: { relp: local, certificate, key, clientCa: certificate } })
    const names = `tls.caCert="${certificate}" tls.myCert="${certificate}" tls.myPrivKey="${key}"`
    const log = await startDaemon(
      syslog.port('relp over tls'),
      `tls="on" ${names} tls.authMode="name" tls.permittedPeer=["localhost"]`,
    )
    await log('secret')
    await syslog.until(() => has('secret'))
    expect(syslog.messages.find(({ app }) => app === 'demo')).toMatchObject({
      transport: 'relp',
      certificate: 'localhost',
    })
  })
})
