import { expect, it } from 'vitest'
import { mailConfig, parseMailbox } from '../../../src/sinks/mail/config.js'
import { QUICK, SinkHub } from '../sink-hub.js'
import { SmtpServer } from '../smtp-server.js'

const mail = (port: number, more = {}) => ({
  mail: {
    type: 'mail' as const,
    server: `127.0.0.1:${port}`,
    encryption: 'none' as const,
    sender: 'tocsin@example.com',
    recipients: ['grey@example.com', 'ok@example.com'],
    filter: 'a/',
    batch: { events: 1, wait: '0s' },
    retry: QUICK,
    ...more,
  },
})

/** Who got the events with the tag, repetitions included. */
const whoGot = ({ mails }: SmtpServer, tag: string) =>
  mails.filter(({ text }) => text.includes(tag)).flatMap(({ to }) => to)

it('a recipient that is greylisted gets the mail later, and the others get theirs once and in time', async () => {
  await using server = await SmtpServer.start()
  let isGrey = true
  server.recipient = (address) => (address.startsWith('grey') && isGrey ? '451 4.7.1 greylisted' : undefined)
  await using hub = await SinkHub.start(mail(server.port))
  await hub.publish('a/1', 'a/2')
  await hub.until(([{ failures }]) => failures >= 3)
  expect([whoGot(server, 'a/1'), whoGot(server, 'a/2')]).toEqual([['ok@example.com'], ['ok@example.com']])
  isGrey = false
  const [{ parked }] = await hub.until(([{ delivered }]) => delivered === 2)
  expect(parked).toBe(0)
  for (const tag of ['a/1', 'a/2'])
    expect(whoGot(server, tag)).toEqual(['ok@example.com', 'grey@example.com'])
  const [first, ...others] = server.mails.filter(({ text }) => text.includes('a/1'))
  expect(first.text).toMatch(/^To: grey@example\.com, ok@example\.com$/m)
  const id = /^Message-ID: .*$/m
  expect(others.map(({ text }) => id.exec(text)?.[0])).toEqual([id.exec(first.text)?.[0]])
})

it('events that a recipient will never get are parked with its name, and the others get their mail', async () => {
  await using server = await SmtpServer.start()
  server.recipient = (address) => (address.startsWith('grey') ? '550 no such user' : undefined)
  await using hub = await SinkHub.start(mail(server.port))
  await hub.publish('a/1', 'a/2')
  await hub.until(([{ parkedEvents }]) => parkedEvents === 2)
  expect(server.mails.map(({ to }) => to)).toEqual([['ok@example.com'], ['ok@example.com']])
  const { parked } = await hub.request<{ parked: { reason: string }[] }>('parked.list')
  expect(parked[0].reason).toBe('grey@example.com: 550 no such user')
})

it('a recipient that is refused for longer than the patience of the sink is named', async () => {
  await using server = await SmtpServer.start()
  server.recipient = (address) => (address.startsWith('grey') ? '452 mailbox full' : undefined)
  await using hub = await SinkHub.start(mail(server.port, { retry: { ...QUICK, patience: '1s' } }))
  await hub.publish('a/1')
  await hub.until(([{ parkedEvents }]) => parkedEvents === 1)
  const { parked } = await hub.request<{ parked: { reason: string }[] }>('parked.list')
  expect(parked[0].reason).toMatch(/^grey@example\.com: 452 mailbox full; for \d+ s$/)
  expect(server.mails).toHaveLength(1)
})

it('a mail that the server refuses after all, for those that are left, is not sent to the others again', async () => {
  await using server = await SmtpServer.start()
  let refusals = 0
  server.recipient = (address) => (address.startsWith('grey') && refusals++ === 0 ? '451 later' : undefined)
  server.answer = (command) => (command === 'END' && refusals > 1 ? '554 spam' : undefined)
  const batch = { events: 2, wait: '10m' }
  await using hub = await SinkHub.start(mail(server.port, { batch }))
  await hub.publish('a/1', 'a/2')
  await hub.until(([{ parkedEvents }]) => parkedEvents === 2)
  expect(server.mails.map(({ to }) => to)).toEqual([['ok@example.com']])
})

it('mails say that a program has written them, and the sender may have a name', async () => {
  await using server = await SmtpServer.start()
  await using hub = await SinkHub.start(mail(server.port, { sender: 'Töcsin, the bus <tocsin@example.org>' }))
  await hub.publish('a/1')
  await hub.until(([{ delivered }]) => delivered === 1)
  const [{ from, text }] = server.mails
  expect(from).toBe('tocsin@example.org')
  expect(text).toMatch(/^Auto-Submitted: auto-generated$/m)
  expect(text).toMatch(/^From: =\?UTF-8\?.*\?= <tocsin@example\.org>$/m)
})

it('a sender is an address, with a name or without', () => {
  expect(parseMailbox('a@b.example')).toEqual({ name: '', address: 'a@b.example' })
  expect(parseMailbox('Tocsin <a@b.example>')).toEqual({ name: 'Tocsin', address: 'a@b.example' })
  const { sender } = mailConfig.shape
  for (const bad of [
    'Tocsin',
    '<a@b.example>',
    'x <a@b> y',
    'x\r\nBcc: c@d <a@b.example>',
    'a@b.example, c@d.example',
  ])
    expect(sender.safeParse(bad).success).toBe(false)
})
