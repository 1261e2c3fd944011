import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { makeCertificate } from '../certificate.js'
import { QUICK, SinkHub } from '../sink-hub.js'
import { SmtpServer } from '../smtp-server.js'

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
  await using hub = await SinkHub.start(mail(server.port, { retry: { ...QUICK, tries: 2 } }))
  let answers = ['451 greylisted', '554 looks like spam', '554 looks like spam']
  server.answer = (command) => (command === 'END' ? answers.shift() : undefined)
  await hub.publish('a/1', 'a/2')
  const [{ failures, parkedEvents }] = await hub.until(([{ delivered }]) => delivered === 1)
  expect([failures, parkedEvents]).toEqual([2, 1])
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
