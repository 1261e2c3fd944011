import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { cut, type Facts } from '../../../src/sinks/webhook/facts.js'
import { type FormName, forms } from '../../../src/sinks/webhook/forms/index.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { Receiver } from '../receiver.js'
import { QUICK, SinkHub } from '../sink-hub.js'

const text = (max: number) => z.string().min(1).max(max)
const ROUTING_KEY = 'R0123456789abcdef0123456789abcde'

/** The documented forms of the receivers, with their limits. */
const shapes: Record<FormName, z.ZodType> = {
  slack: z.strictObject({
    text: text(40_000),
    blocks: z.tuple([
      z.strictObject({
        type: z.literal('section'),
        text: z.strictObject({ type: z.literal('mrkdwn'), text: text(3_000) }),
      }),
      z.strictObject({
        type: z.literal('context'),
        elements: z.array(z.strictObject({ type: z.literal('mrkdwn'), text: text(3_000) })).max(10),
      }),
    ]),
  }),
  teams: z.strictObject({
    type: z.literal('message'),
    attachments: z.tuple([
      z.strictObject({
        contentType: z.literal('application/vnd.microsoft.card.adaptive'),
        contentUrl: z.null(),
        content: z.strictObject({
          $schema: z.literal('http://adaptivecards.io/schemas/adaptive-card.json'),
          type: z.literal('AdaptiveCard'),
          version: z.literal('1.4'),
          body: z.array(
            z.strictObject({
              type: z.literal('TextBlock'),
              text: text(3_000),
              wrap: z.boolean(),
              color: z.enum(['Default', 'Accent', 'Good', 'Warning', 'Attention']).optional(),
              weight: z.enum(['Lighter', 'Default', 'Bolder']).optional(),
              size: z.enum(['Small', 'Default', 'Medium']).optional(),
              isSubtle: z.boolean().optional(),
            }),
          ),
        }),
      }),
    ]),
  }),
  pagerduty: z.discriminatedUnion('event_action', [
    z.strictObject({
      routing_key: z.string().length(32),
      event_action: z.literal('trigger'),
      dedup_key: text(255),
      payload: z.strictObject({
        summary: text(1024),
        source: text(255),
        severity: z.enum(['critical', 'error', 'warning', 'info']),
        timestamp: z.iso.datetime(),
        component: z.string(),
        class: z.string(),
        custom_details: z.record(z.string(), z.unknown()),
      }),
    }),
    z.strictObject({
      routing_key: z.string().length(32),
      event_action: z.literal('resolve'),
      dedup_key: text(255),
    }),
  ]),
  opsgenie: z.union([
    z.strictObject({
      message: text(130),
      alias: text(512),
      description: text(15_000),
      source: text(100),
      details: z.record(z.string(), z.string()),
      priority: z.enum(['P1', 'P2', 'P3', 'P4', 'P5']),
    }),
    z.strictObject({ source: text(100), note: text(25_000) }),
  ]),
  ntfy: z.strictObject({
    topic: z.string().regex(/^[-_A-Za-z0-9]{1,64}$/),
    title: text(250),
    message: text(4_096).refine((message) => Buffer.byteLength(message) <= 4_096),
    priority: z.int().min(1).max(5),
    tags: z.array(z.string()),
  }),
  alertmanager: z.array(
    z.strictObject({
      labels: z.record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/), z.string().min(1)),
      annotations: z.record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/), z.string()),
      startsAt: z.iso.datetime().optional(),
      endsAt: z.iso.datetime().optional(),
    }),
  ),
  loki: z.strictObject({
    streams: z.array(
      z.strictObject({
        stream: z.record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/), z.string().min(1)),
        values: z.array(
          z.tuple([
            z.string().regex(/^\d{19}$/),
            z.string().refine((line) => Buffer.byteLength(line) <= 256 * 1024),
          ]),
        ),
      }),
    ),
  }),
}

const facts: Facts = {
  ...{ tag: 'alert/disk', source: 'web1', type: 'some.type', cursor: 'e-7' },
  ...{ micros: 1_700_000_000_123_456, time: '2023-11-14T22:13:20.123456Z' },
  ...{ level: 'critical', summary: 'disk <full> & [x](http://evil.example)', identity: 'alert/disk' },
  ...{ isResolved: false, host: 'web1.example', data: { used: 95 } },
}
const huge = {
  summary: '𝄞'.repeat(500),
  identity: 'i'.repeat(60_000),
  tag: 'a'.repeat(60_000),
  source: 's'.repeat(1_000),
  data: { text: 'ä'.repeat(300_000), labels: { 'a.b': 'x'.repeat(10_000), '1': 'y', '': 'z', n: 1 } },
}

const address = { url: new URL('https://example.org/v2/alerts'), key: ROUTING_KEY }
const bodyOf = (name: FormName, more: Partial<Facts> = {}) =>
  JSON.parse(JSON.stringify(forms[name].request([{ ...facts, ...more }], address).body))

describe.each(Object.keys(shapes).map((name) => name as FormName))('the form %s', (name) => {
  it.each([
    ['an event', {}],
    ['an event that says that something is over', { isResolved: true }],
    ['an event without a host', { host: undefined, level: 'info' as const }],
    ['an event that is longer than the receiver takes', huge],
    ['a long one about an end', { ...huge, isResolved: true }],
  ])('has the documented shape for %s', (_what, more) => {
    shapes[name].parse(bodyOf(name, more))
  })
})

it('Slack gets no control characters of its own from an event, and Teams no link', () => {
  expect(bodyOf('slack').blocks[0].text.text).toBe(
    ':red_circle: *alert/disk*\ndisk &lt;full&gt; &amp; [x](http://evil.example)',
  )
  expect(bodyOf('teams').attachments[0].content.body[1].text).toBe(
    'disk \\<full\\> & \\[x\\]\\(http://evil.example\\)',
  )
})

it('PagerDuty and Opsgenie close with the key with which they opened', () => {
  expect(bodyOf('pagerduty', { isResolved: true })).toEqual({
    routing_key: ROUTING_KEY,
    dedup_key: bodyOf('pagerduty').dedup_key,
    event_action: 'resolve',
  })
  const { url, headers } = forms.opsgenie.request([{ ...facts, isResolved: true }], address)
  expect(url.href).toBe('https://example.org/v2/alerts/alert%2Fdisk/close?identifierType=alias')
  expect(bodyOf('opsgenie').alias).toBe('alert/disk')
  expect(headers).toEqual({ Authorization: `GenieKey ${ROUTING_KEY}` })
  expect(bodyOf('pagerduty', huge).dedup_key).toMatch(/^[0-9a-f]{64}$/)
})

it('Alertmanager ends the alert with the same labels', () => {
  const data = { labels: { alertname: 'DiskFull', 'host.name': 'web1', count: 3 } }
  const [[begun], [over]] = [
    bodyOf('alertmanager', { data }),
    bodyOf('alertmanager', { data, isResolved: true }),
  ]
  expect(begun.labels).toEqual({ alertname: 'DiskFull', host_name: 'web1' })
  expect(over.labels).toEqual(begun.labels)
  expect([begun.startsAt, over.endsAt]).toEqual([facts.time, facts.time])
  expect(bodyOf('alertmanager')[0].labels).toEqual({
    ...{ alertname: 'alert/disk', source: 'web1', host: 'web1.example', severity: 'critical' },
  })
})

it('Alertmanager knows a group of alerts by the same labels, whatever its worst alert is', () => {
  const about = { identity: 'abc', start: '2023-11-14T22:13:20.123456Z' }
  const group = { key: 'abc', labels: { site: 'b' }, alerts: [] }
  const bodies = [
    bodyOf('alertmanager', { ...about, level: 'critical', data: { ...group, rule: 'disk' } }),
    bodyOf('alertmanager', { ...about, level: 'info', data: { ...group, rule: 'late' }, isResolved: true }),
  ]
  for (const [{ labels }] of bodies) expect(labels).toEqual({ alertname: 'group', key: 'abc', site: 'b' })
})

it('Loki gets one stream for events with the same labels, in their order', () => {
  const all = [facts, { ...facts, tag: 'b', micros: facts.micros + 1 }, { ...facts, host: 'web2' }]
  const { streams } = JSON.parse(JSON.stringify(forms.loki.request(all, address).body))
  expect(streams.map(({ values }: { values: string[][] }) => values.map(([time]) => time))).toEqual([
    ['1700000000123456000', '1700000000123457000'],
    ['1700000000123456000'],
  ])
})

it('ntfy gets JSON at the address without the topic', () => {
  const { url } = forms.ntfy.request([facts], { url: new URL('https://ntfy.example/base/topic'), key: '' })
  expect(url.href).toBe('https://ntfy.example/base/')
  expect(bodyOf('ntfy', { isResolved: true }).tags).toEqual(['white_check_mark'])
})

it('a text that is cut has no half of a character', () => {
  expect(cut('a𝄞b', 3)).toBe('a…')
  expect(cut('a𝄞', 3)).toBe('a𝄞')
})

it('a webhook posts in the form of its receiver, with the key from a file', async () => {
  const keyFile = join(temporaryFolder('forms'), 'key')
  writeFileSync(keyFile, `${ROUTING_KEY}\n`)
  await using receiver = await Receiver.start()
  const hook = { type: 'webhook' as const, url: receiver.url, filter: 'a/', retry: QUICK }
  await using hub = await SinkHub.start({ hook: { ...hook, form: 'pagerduty', keyFile } })
  await using client = await hub.test.connect()
  await client.publish('a/disk', { severity: 'alert', message: 'disk full', host: 'web1' })
  await client.publish('a/disk', { status: 'resolved' })
  await hub.until(([{ delivered }]) => delivered === 2)
  const bodies = receiver.got.map(({ body }) => shapes.pagerduty.parse(JSON.parse(body)))
  expect(bodies).toMatchObject([
    { event_action: 'trigger', dedup_key: 'a/disk', payload: { severity: 'critical', source: 'web1' } },
    { event_action: 'resolve', dedup_key: 'a/disk' },
  ])
  expect(receiver.got[0].headers['content-type']).toBe('application/json')
})

it('a form that takes several events gets them in one request', async () => {
  await using receiver = await Receiver.start()
  const hook = { type: 'webhook' as const, url: receiver.url, filter: 'a/', form: 'alertmanager' as const }
  await using hub = await SinkHub.start({ hook: { ...hook, batch: { events: 2, wait: '10m' } } })
  await hub.publish('a/1', 'a/2')
  await receiver.until(() => receiver.got.length === 1)
  expect(JSON.parse(receiver.got[0].body)).toHaveLength(2)
})
