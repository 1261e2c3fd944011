import { once } from 'node:events'
import { connect } from 'node:net'
import { connectAsync } from 'mqtt'
import { afterEach, expect, it } from 'vitest'
import { mqttSourcesConfig } from '../../src/sources/mqtt/config.js'
import { mqttSource } from '../../src/sources/mqtt/index.js'
import { SourceRunner } from '../../src/sources/runner.js'
import { FakeHost } from '../helpers/fake-source-host.js'
import { realRuntime } from '../helpers/real-runtime.js'
import { Broker } from '../sinks/mqtt/broker.js'
import { logs, OtlpHarness } from './otlp/harness.js'
import { SnmpHarness } from './snmp/harness.js'
import { SyslogHarness } from './syslog/harness.js'
import { WebhookHarness } from './webhook/harness.js'

/** Nothing is dropped for a sender that can be asked to wait, and no answer says that it was kept before it was. */

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

const ONE = { events: 1, per: '1h' } as const
const SOON = { events: 1, per: '300ms' } as const

it('a webhook asks a sender over the limit of events to send the rest again, and continues where it was', async () => {
  const hook = new WebhookHarness()
  cleanups.push(() => hook.close())
  await hook.start({ token: 't', preset: 'alertmanager', rateLimit: SOON })
  const alert = (alertname: string) => ({ status: 'firing', labels: { alertname } })
  const body = JSON.stringify({ alerts: [alert('a'), alert('b')] })
  const post = () => hook.post(body, { authorization: 'Bearer t' })
  const first = await post()
  expect([first.status, first.headers.get('retry-after')]).toEqual([429, '1'])
  expect(await first.json()).toMatchObject({ code: 'TCN_HOOK_LIMIT' })
  await expect.poll(async () => (await post()).status).toBe(200)
  expect(hook.events.map(({ data }) => data.name)).toEqual(['a', 'b'])
  expect(hook.runner.status().lost).toBe(0)
})

it('otlp does the same', async () => {
  const otlp = new OtlpHarness()
  cleanups.push(() => otlp.close())
  await otlp.start({ rateLimit: SOON })
  const request = logs({ body: { stringValue: 'a' } }, { body: { stringValue: 'b' } })
  expect((await otlp.post(request)).status).toBe(429)
  await expect.poll(async () => (await otlp.post(request)).status).toBe(200)
  expect(otlp.events.map(({ data }) => data.message)).toEqual(['a', 'b'])
  expect(otlp.runner.status().lost).toBe(0)
})

it('a message over the limit is not answered over RELP, and dropped over TCP, where no sender hears of it', async () => {
  const syslog = new SyslogHarness()
  cleanups.push(() => syslog.close())
  await syslog.start({ relp: '127.0.0.1:0', tcp: '127.0.0.1:0', rateLimit: ONE })
  const socket = connect(syslog.port('relp'), '127.0.0.1')
  let answered = ''
  socket.on('data', (chunk) => {
    answered += chunk
  })
  socket.write('1 open 0\n2 syslog 10 <13>p: one\n3 syslog 10 <13>p: two\n')
  await syslog.until(() => answered.includes('2 rsp 6 200 OK'))
  const plain = connect(syslog.port('tcp'), '127.0.0.1')
  plain.end('<13>p: three\n')
  plain.resume()
  cleanups.push(() => socket.destroy())
  await once(plain, 'close')
  await syslog.runner.stop()
  expect(answered).not.toContain('3 rsp')
  expect(syslog.texts).toEqual(['p: one'])
  expect(syslog.runner.status().lost).toBe(1)
})

it('a message over the limit stays with the broker of MQTT', async () => {
  const broker = await Broker.start()
  cleanups.push(() => broker[Symbol.asyncDispose]())
  const host = new FakeHost(realRuntime)
  const [config] = mqttSourcesConfig.parse([
    { name: 'm', broker: `127.0.0.1:${broker.port}`, topics: ['a/#'], rateLimit: SOON },
  ])
  const runner = new SourceRunner(mqttSource(config), host)
  cleanups.push(() => runner.stop())
  runner.start()
  await expect.poll(() => runner.status().state).toBe('up')
  const client = await connectAsync({ host: '127.0.0.1', port: broker.port, protocol: 'mqtt' })
  for (const topic of ['a/1', 'a/2', 'a/3']) await client.publishAsync(topic, 'x', { qos: 1 })
  await client.endAsync()
  const tags = () => host.events.map(({ tag }) => tag).filter((tag) => tag.startsWith('mqtt/'))
  await expect.poll(tags, { timeout: 10_000 }).toEqual(['mqtt/m/a/1', 'mqtt/m/a/2', 'mqtt/m/a/3'])
  expect(runner.status().lost).toBe(0)
})

const linkDown = ['', '1.3.6.1.6.3.1.1.5.3']
const v2c = ['-v', '2c', '-c', 'public']

it('an inform over the limit is not answered, and a trap is dropped', async () => {
  const snmp = new SnmpHarness()
  cleanups.push(() => snmp.close())
  await snmp.start({ rateLimit: ONE })
  expect(await snmp.tool('snmpinform', v2c, linkDown)).toBe(0)
  expect(await snmp.tool('snmpinform', ['-t', '0.3', ...v2c], linkDown)).not.toBe(0)
  expect(await snmp.tool('snmptrap', v2c, linkDown)).toBe(0)
  await snmp.runner.stop()
  expect(snmp.events).toHaveLength(1)
  expect(snmp.runner.status().lost).toBe(2)
})

it('an inform is answered when its event is on the disk', async () => {
  const snmp = new SnmpHarness()
  cleanups.push(() => snmp.close())
  await snmp.start()
  let isSafe: () => void = () => undefined
  snmp.host.settled = () =>
    new Promise((resolve) => {
      isSafe = resolve
    })
  let code: number | undefined
  const sending = snmp.tool('snmpinform', ['-t', '20', ...v2c], linkDown).then((given) => {
    code = given
  })
  await snmp.until(() => snmp.events.length === 1)
  expect(code).toBe(undefined)
  isSafe()
  await sending
  expect(code).toBe(0)
  snmp.host.settled = () => Promise.reject(new Error('the disk is full'))
  expect(await snmp.tool('snmpinform', ['-t', '0.3', ...v2c], linkDown)).not.toBe(0)
})
