import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { webhookConfig } from '../../../src/sinks/webhook/config.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { Receiver } from '../receiver.js'
import { QUICK, SinkHub } from '../sink-hub.js'

const secretFile = join(temporaryFolder('template'), 'secret')
writeFileSync(secretFile, 'open sesame\n')
const field = (name: string) => `\${${name}}`

const hook = (receiver: Receiver, more = {}) => ({
  hook: { type: 'webhook' as const, url: receiver.url, filter: ['a/', 'hub/none'], retry: QUICK, ...more },
})

it('a body of JSON has fields of the event, whose quoting breaks nothing', async () => {
  await using receiver = await Receiver.start()
  const body = {
    text: `${field('level')}: ${field('summary')}`,
    host: field('data.host'),
    used: field('data.used'),
    at: [field('time'), field('cursor'), field('tag')],
    whole: field('event'),
    fixed: true,
  }
  await using hub = await SinkHub.start(hook(receiver, { body }))
  await using client = await hub.test.connect()
  const host = '"},\n"admin":true,"x":"'
  const { cursor } = await client.publish('a/disk', {
    severity: 'crit',
    message: 'full',
    host,
    used: 2n ** 60n,
  })
  await receiver.until(() => receiver.got.length === 1)
  const [{ headers, body: got }] = receiver.got
  expect(headers['content-type']).toBe('application/json')
  expect(JSON.parse(got)).toEqual({
    text: expect.stringMatching(/^critical: .*full/),
    host,
    used: String(2n ** 60n),
    at: [expect.stringMatching(/^\d{4}-.*Z$/), cursor, 'a/disk'],
    whole: expect.objectContaining({ specversion: '1.0', id: cursor, subject: 'a/disk' }),
    fixed: true,
  })
})

it('a body that is one text is posted as text, with the type that is configured', async () => {
  await using receiver = await Receiver.start()
  const body = `disk_used,host=${field('data.host')} value=${field('data.used')}`
  await using hub = await SinkHub.start(hook(receiver, { body, contentType: 'text/x-line' }))
  await using client = await hub.test.connect()
  await client.publish('a/disk', { host: 'web1', used: 95 })
  await receiver.until(() => receiver.got.length === 1)
  expect(receiver.got[0]).toMatchObject({
    headers: { 'content-type': 'text/x-line' },
    body: 'disk_used,host=web1 value=95',
  })
})

it('a long event gives a body too', async () => {
  await using receiver = await Receiver.start()
  await using hub = await SinkHub.start(
    hook(receiver, { body: { tag: field('tag'), event: field('event') } }),
  )
  await using client = await hub.test.connect()
  await client.publish('a/long', { text: 'x'.repeat(700_000) })
  await receiver.until(() => receiver.got.length === 1)
  expect(JSON.parse(receiver.got[0].body)).toMatchObject({ tag: 'a/long', event: { subject: 'a/long' } })
})

it('a dry run shows the request without sending it, and without secrets', async () => {
  await using receiver = await Receiver.start()
  const settings = {
    form: 'pagerduty',
    keyFile: secretFile,
    secretFile,
    bearerFile: secretFile,
    headers: { 'X-Key': 'k1' },
  }
  await using hub = await SinkHub.start(hook(receiver, settings))
  const { request } = await hub.request<{ request: { url: string; headers: object; body: string } }>(
    'sinks.test',
    { name: 'hook', dryRun: true },
  )
  expect(request.url).toBe(`http://127.0.0.1:${receiver.port}/***`)
  expect(request.headers).toEqual({
    'Content-Type': 'application/json',
    'X-Key': '***',
    Authorization: '***',
    'webhook-id': '***',
    'webhook-timestamp': '***',
    'webhook-signature': '***',
  })
  expect(JSON.parse(request.body)).toMatchObject({ routing_key: '***', event_action: 'trigger' })
  expect(JSON.stringify(request)).not.toMatch(/sesame|k1/)
  expect(receiver.got).toEqual([])
})

it('a dry run shows a configured body without its secrets', async () => {
  await using receiver = await Receiver.start()
  const body = { token: 'sesame', login: [{ apiSecret: 'sesame' }], tag: field('tag') }
  await using hub = await SinkHub.start(hook(receiver, { body }))
  const { request } = await hub.request<{ request: { body: string } }>('sinks.test', {
    name: 'hook',
    dryRun: true,
  })
  expect(JSON.parse(request.body)).toEqual({
    token: '***',
    login: [{ apiSecret: '***' }],
    tag: expect.any(String),
  })
})

it('a dry run without a body of its own shows the CloudEvent', async () => {
  await using receiver = await Receiver.start()
  await using hub = await SinkHub.start(hook(receiver))
  const { request } = await hub.request<{ request: { headers: object; body: string } }>('sinks.test', {
    name: 'hook',
    dryRun: true,
  })
  expect(request.headers).toEqual({ 'Content-Type': 'application/cloudevents+json' })
  expect(JSON.parse(request.body)).toMatchObject({ specversion: '1.0', subject: 'hub/sink/hook' })
})

it('a sink that cannot show what it would send says so', async () => {
  const path = join(temporaryFolder('template'), 'out.ndjson')
  await using hub = await SinkHub.start({ archive: { type: 'file', path } })
  await expect(hub.request('sinks.test', { name: 'archive', dryRun: true })).rejects.toMatchObject({
    code: 'TCN_SINK_FAILED',
    message: expect.stringContaining('cannot show'),
  })
})

it('settings that do not belong together are refused', () => {
  const url = 'https://example.org/x'
  const check = (more: object) => webhookConfig.safeParse({ type: 'webhook', url, ...more }).success
  expect(check({ form: 'slack' })).toBe(true)
  expect(check({ body: { a: field('data.x') } })).toBe(true)
  for (const bad of [
    { form: 'slack', body: 'x' },
    { form: 'slack', mode: 'batch' },
    { body: 'x', mode: 'binary' },
    { body: field('Nothing') },
    { contentType: 'text/plain' },
    { form: 'pagerduty' },
    { form: 'slack', keyFile: '/etc/key' },
    { body: 'x', contentType: 'text/plain\r\nX: y' },
  ])
    expect(check(bad), JSON.stringify(bad)).toBe(false)
})
