// Runs on each supported Node.js: TLS.
import { expect, it, vi } from 'vitest'
import { syslogTypes } from '../../../../src/types/host/syslog.js'
import { makeCertificate } from '../../../sinks/certificate.js'
import { QUICK, SinkHub } from '../../../sinks/sink-hub.js'
import { SyslogReceiver } from '../../../sinks/syslog-receiver.js'

const siem = (port: number, more = {}) => ({
  siem: { type: 'syslog' as const, address: `127.0.0.1:${port}`, filter: 'a/', retry: QUICK, ...more },
})

it('events are messages of RFC 5424 with counted octets', async () => {
  await using receiver = await SyslogReceiver.start()
  await using hub = await SinkHub.start(siem(receiver.port, { facility: 'local3', appName: 'bus' }))
  await using client = await hub.test.connect()
  await client.publish('a/"1"]', { message: 'schön\nwar es', severity: 2 })
  const time = '2026-11-20T06:00:00.123456+01:00'
  await client.publish('a/2', { success: false }, { attributes: { time } })
  await vi.waitUntil(() => receiver.messages.length === 2)
  const [first, second] = receiver.messages
  expect(first).toMatch(
    /^<154>1 \d{4}-\d\d-\d\dT[\d:.]+Z \S+ bus - \S+ \[tocsin@32473 tag="a\/\\"1\\"\\\]" source="[^"]*" type="\S+" cursor="\S+"\] \ufeffa\/"1"\] schön war es/,
  )
  expect(second).toMatch(/^<155>1 2026-11-20T05:00:00\.123456Z /)
})

it('each of the eight severities arrives as itself, and other words as the nearest', async () => {
  await using receiver = await SyslogReceiver.start()
  await using hub = await SinkHub.start(siem(receiver.port, { facility: 'kern' }))
  await using client = await hub.test.connect()
  const said = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug', 'fatal', 'odd', 8, 7]
  for (const severity of said) await client.publish('a/1', { severity })
  await vi.waitUntil(() => receiver.messages.length === said.length)
  const numbers = receiver.messages.map((text) => Number(/^<(\d+)>/.exec(text)?.[1]))
  expect(numbers).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 2, 6, 6, 7])
})

it('messages that were received go on as they came, and other events as text', async () => {
  await using receiver = await SyslogReceiver.start()
  await using hub = await SinkHub.start(
    siem(receiver.port, { message: 'original', filter: ['a/', 'syslog/'] }),
    { types: syslogTypes },
  )
  await using client = await hub.test.connect()
  const received = {
    format: 'rfc5424',
    facility: 'authpriv',
    severity: 'warning',
    host: 'web1',
    app: 'sshd',
    pid: '4711',
    msgid: 'LOGIN',
    structured: { 'exampleSDID@32473': { iut: '3', ip: ['192.0.2.1', '192.0.2.2'], text: 'a "]' } },
    message: 'Failed password for root',
    transport: 'udp',
  }
  const time = '2026-11-20T05:00:00.5Z'
  await client.publish('syslog/net/web1/sshd', received, { attributes: { time } })
  await client.publish('syslog/net/-/-', {
    format: 'rfc3164',
    message: 'bare',
    peer: '192.0.2.9',
    transport: 'udp',
  })
  await client.publish('a/1', { message: 'not of syslog' })
  await vi.waitUntil(() => receiver.messages.length === 3)
  const [whole, bare, other] = receiver.messages
  expect(whole).toMatch(
    /^<84>1 2026-11-20T05:00:00\.500000Z web1 sshd 4711 LOGIN \[tocsin@32473 [^\]]*\]\[exampleSDID@32473 iut="3" ip="192\.0\.2\.1" ip="192\.0\.2\.2" text="a \\"\\\]"\] \ufeffFailed password for root$/,
  )
  expect(bare).toMatch(/^<14>1 \S+ 192\.0\.2\.9 - - - \[[^\]]*\] \ufeffbare$/)
  expect(other).toMatch(/ tocsin - \S+ \[[^\]]*\] \ufeffa\/1 not of syslog$/)
})

it('a long message is cut at a character, and its count is right', async () => {
  await using receiver = await SyslogReceiver.start()
  await using hub = await SinkHub.start(siem(receiver.port, { maxMessage: '501B' }))
  await using client = await hub.test.connect()
  await client.publish('a/1', { message: 'ü'.repeat(1000) })
  await client.publish('a/2', {})
  await vi.waitUntil(() => receiver.messages.length === 2)
  expect(Buffer.byteLength(receiver.messages[0])).toBeLessThanOrEqual(501)
  expect(receiver.messages[0]).toMatch(/ü$/)
})

it('events wait for a receiver that is away, and come in their order when it is back', async () => {
  const first = await SyslogReceiver.start()
  const { port } = first
  await using hub = await SinkHub.start(siem(port))
  await hub.publish('a/1')
  await vi.waitUntil(() => first.messages.length === 1)
  await first[Symbol.asyncDispose]()
  await hub.publish('a/2', 'a/3')
  await hub.until(([{ failures }]) => failures > 0)
  await using second = await SyslogReceiver.start(port)
  await vi.waitUntil(() => second.messages.length === 2)
  expect(second.messages.map((text) => /tag="([^"]*)"/.exec(text)?.[1])).toEqual(['a/2', 'a/3'])
})

it('over TLS, only a receiver with the right certificate gets anything', async () => {
  const { ca, ...tls } = makeCertificate()
  await using receiver = await SyslogReceiver.start(0, tls)
  await using trusting = await SinkHub.start(siem(receiver.port, { secure: true, tls: { ca } }))
  await using wary = await SinkHub.start(siem(receiver.port, { secure: true }))
  await wary.publish('a/1')
  await wary.until(([{ failures }]) => failures > 0)
  expect(receiver.messages).toEqual([])
  await trusting.publish('a/2')
  await vi.waitUntil(() => receiver.messages.length === 1)
})
