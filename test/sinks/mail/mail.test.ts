import { writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { makeCertificate } from '../certificate.js'
import { QUICK, SinkHub } from '../sink-hub.js'

/** A server that speaks SMTP (RFC 5321) as far as a client that sends mail needs it. */
class SmtpServer implements AsyncDisposable {
  readonly mails: { from: string; to: string[]; text: string }[] = []
  /** The answer to a command instead of the usual one. */
  answer: (command: string) => string | undefined = () => undefined
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  logins: string[] = []

  private constructor(tls: { cert: Buffer; key: Buffer } | undefined) {
    const serve = (socket: Socket) => this.#serve(socket)
    this.#server = tls === undefined ? createServer(serve) : createTlsServer(tls, serve)
  }

  static async start(tls?: { cert: Buffer; key: Buffer }): Promise<SmtpServer> {
    const server = new SmtpServer(tls)
    await new Promise<void>((done) => void server.#server.listen(0, '127.0.0.1', done))
    return server
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise<void>((done) => void this.#server.close(() => done()))
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    const mail = { from: '', to: [] as string[], text: '' }
    let [rest, isData] = ['', false]
    const say = (line: string) => void socket.write(`${line}\r\n`)
    const take = (line: string) => {
      if (isData) {
        if (line !== '.') mail.text += `${line.replace(/^\./, '')}\n`
        else {
          isData = false
          const answer = this.answer('END')
          if (answer === undefined) this.mails.push({ ...mail, to: [...mail.to] })
          say(answer ?? '250 taken')
        }
        return
      }
      const [verb] = line.toUpperCase().split(' ')
      const special = this.answer(verb)
      if (special !== undefined) return say(special)
      if (verb === 'STARTTLS') return say('502 not here')
      if (verb === 'EHLO') return say('250-here\r\n250-AUTH PLAIN\r\n250 8BITMIME')
      if (verb === 'AUTH') this.logins.push(Buffer.from(line.split(' ')[2], 'base64').toString())
      if (verb === 'MAIL') mail.from = /<(.*?)>/.exec(line)?.[1] ?? ''
      if (verb === 'RCPT') mail.to.push(/<(.*?)>/.exec(line)?.[1] ?? '')
      if (verb === 'DATA') isData = true
      say(verb === 'DATA' ? '354 go on' : verb === 'AUTH' ? '235 welcome' : '250 ok')
    }
    socket.on('error', () => {})
    socket.on('data', (piece) => {
      const lines = (rest + piece).split('\r\n')
      rest = lines.pop() ?? ''
      for (const line of lines) take(line)
    })
    const greeting = this.answer('GREETING') ?? '220 ready'
    if (greeting !== '') say(greeting)
  }
}

const mail = (port: number, more = {}) => ({
  mail: {
    type: 'mail' as const,
    server: `127.0.0.1:${port}`,
    encryption: 'none' as const,
    sender: 'tocsin@example.com',
    recipients: ['oncall@example.com', 'boss@example.com'],
    filter: 'a/',
    batch: { events: 1, wait: '0s' },
    retry: QUICK,
    ...more,
  },
})

it('an event is a mail to all recipients, with what it says in the subject', async () => {
  await using server = await SmtpServer.start()
  await using hub = await SinkHub.start(mail(server.port))
  await using client = await hub.test.connect()
  await client.publish('a/disk', { message: 'disk full\r\nBcc: other@example.com', level: 4 })
  await hub.until(([{ delivered }]) => delivered === 1)
  const [{ from, to, text }] = server.mails
  expect([from, to]).toEqual(['tocsin@example.com', ['oncall@example.com', 'boss@example.com']])
  expect(text).toMatch(/^Subject: \[tocsin\] a\/disk {2}disk full Bcc: other@example\.com/m)
  expect(text).toMatch(/^Message-ID: <\w+-\d+\.1@\S+>$/m)
  expect(text).not.toMatch(/^Bcc:/m)
  expect(text).toContain('"level": 4')
})

it('a burst of events is one mail', async () => {
  await using server = await SmtpServer.start()
  await using hub = await SinkHub.start(mail(server.port, { batch: { events: 3, wait: '10m' } }))
  await hub.publish('a/1', 'a/2', 'a/3')
  await hub.until(([{ delivered }]) => delivered === 3)
  expect(server.mails).toHaveLength(1)
  expect(server.mails[0].text).toMatch(/^Subject: .*\(and 2 more\)$/m)
})

it('the password comes from a file', async () => {
  await using server = await SmtpServer.start()
  const passwordFile = join(temporaryFolder('mail'), 'password')
  writeFileSync(passwordFile, 'open sesame\n')
  await using hub = await SinkHub.start(mail(server.port, { user: 'ali', passwordFile }))
  await hub.publish('a/1')
  await hub.until(([{ delivered }]) => delivered === 1)
  expect(server.logins).toEqual(['\0ali\0open sesame'])
})

it('a server that is busy gets the mail later, and one that refuses it does not stop the others', async () => {
  await using server = await SmtpServer.start()
  await using hub = await SinkHub.start(mail(server.port, { retry: { ...QUICK, tries: 1 } }))
  let answers = ['451 greylisted', '554 looks like spam']
  server.answer = (command) => (command === 'END' ? answers.shift() : undefined)
  await hub.publish('a/1', 'a/2')
  const [{ failures, parkedEvents }] = await hub.until(([{ delivered }]) => delivered === 1)
  expect([failures, parkedEvents]).toEqual([1, 1])
  expect(server.mails[0].text).toContain('a/2')
  answers = []
})

it('a server that does not offer TLS gets no mail if TLS is required', async () => {
  await using server = await SmtpServer.start()
  await using hub = await SinkHub.start(mail(server.port, { encryption: 'starttls' }))
  await hub.publish('a/1')
  await hub.until(([{ failures }]) => failures > 0)
  expect(server.mails).toEqual([])
})

it('over TLS, only a server with the right certificate gets a mail', async () => {
  const { ca, ...tls } = makeCertificate()
  await using server = await SmtpServer.start(tls)
  await using wary = await SinkHub.start(mail(server.port, { encryption: 'tls' }))
  await wary.publish('a/1')
  await wary.until(([{ failures }]) => failures > 0)
  expect(server.mails).toEqual([])
  await using trusting = await SinkHub.start(mail(server.port, { encryption: 'tls', tls: { ca } }))
  await trusting.publish('a/2')
  await trusting.until(([{ delivered }]) => delivered === 1)
  expect(server.mails).toHaveLength(1)
})

it('a server that says nothing is given up in time', async () => {
  await using server = await SmtpServer.start()
  server.answer = (command) => (command === 'GREETING' ? '' : undefined)
  await using hub = await SinkHub.start(mail(server.port, { timeout: '200ms' }))
  await hub.publish('a/1')
  const [{ state }] = await hub.until(([{ failures }]) => failures > 0)
  expect(state).toBe('retrying')
})
