import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { githubSignature } from '../../../src/protocols/webhook/signature.js'
import { displaysOf } from '../../../src/types/display.js'
import { summaryOf, TypeRegistry } from '../../../src/types/index.js'
import { sourceTypes } from '../../helpers/source-types.js'
import { WebhookHarness } from './harness.js'

let hook: WebhookHarness
beforeEach(() => {
  hook = new WebhookHarness()
})
afterEach(() => hook.close())

const bearer = { authorization: 'Bearer t' }
const post = async (body: object) => (await hook.post(JSON.stringify(body), bearer)).json()
const types = new TypeRegistry(...sourceTypes)
const typesOf = () => hook.host.events.filter(({ source }) => source).map(({ tag }) => types.typeOf(tag))

/** As Alertmanager 0.27 posts it. */
const alertmanager = {
  receiver: 'tocsin',
  status: 'firing',
  alerts: [
    {
      status: 'firing',
      labels: { alertname: 'InstanceDown', instance: 'db1:9100', job: 'node', severity: 'critical' },
      annotations: {
        summary: 'Instance db1:9100 down',
        description: 'db1:9100 has been down for 5 minutes.',
      },
      startsAt: '2026-11-21T02:54:26.371Z',
      endsAt: '0001-01-01T00:00:00Z',
      generatorURL: 'http://prometheus:9090/graph?g0.expr=up+%3D%3D+0&g0.tab=1',
      fingerprint: 'b45e3e5ff4d4b4b0',
    },
    {
      status: 'resolved',
      labels: { alertname: 'DiskFull', instance: 'web1:9100', job: 'node', severity: 'warning' },
      annotations: {},
      startsAt: '2026-11-21T02:00:00.5Z',
      endsAt: '2026-11-21T02:54:00Z',
      generatorURL: '',
      fingerprint: '4fa2b1c2c8a81c3d',
    },
  ],
  groupLabels: { job: 'node' },
  commonLabels: { job: 'node' },
  commonAnnotations: {},
  externalURL: 'http://alertmanager:9093',
  version: '4',
  groupKey: '{}:{job="node"}',
  truncatedAlerts: 0,
}

describe('the preset alertmanager', () => {
  it('makes an event of each alert of a body', async () => {
    await hook.start({ token: 't', preset: 'alertmanager' })
    expect(await post(alertmanager)).toEqual({ events: 2 })
    expect(hook.events).toEqual([
      {
        tag: 'alert/InstanceDown/firing',
        data: {
          from: 'alertmanager',
          name: 'InstanceDown',
          status: 'firing',
          severity: 'crit',
          time: '2026-11-21T02:54:26.371000Z',
          since: '2026-11-21T02:54:26.371000Z',
          message: 'Instance db1:9100 down',
          labels: alertmanager.alerts[0].labels,
          annotations: alertmanager.alerts[0].annotations,
          fingerprint: 'b45e3e5ff4d4b4b0',
          receiver: 'tocsin',
          url: 'http://prometheus:9090/graph?g0.expr=up+%3D%3D+0&g0.tab=1',
        },
      },
      {
        tag: 'alert/DiskFull/resolved',
        data: expect.objectContaining({
          status: 'resolved',
          severity: 'notice',
          time: '2026-11-21T02:54:00.000000Z',
          message: 'DiskFull',
        }),
      },
    ])
    expect(typesOf()).toEqual(['webhook.alert', 'webhook.alert'])
    const display = displaysOf(types.list()).get('webhook.alert')
    const summary = summaryOf(hook.events[0].data, 80, display)
    expect(summary).toBe('crit firing: Instance db1:9100 down')
  })

  it('has no more of the name of a receiver than a name has, since each alert has it', async () => {
    await hook.start({ token: 't', preset: 'alertmanager' })
    const alerts = Array(100).fill({ labels: { alertname: 'a' } })
    await post({ receiver: 'r'.repeat(900_000), alerts })
    expect(hook.events.map(({ data }) => (data as { receiver: string }).receiver)).toEqual(
      Array(100).fill('r'.repeat(256)),
    )
  })

  it('reports the alerts that Alertmanager has left out, and refuses what it does not send', async () => {
    await hook.start({ token: 't', preset: 'alertmanager' })
    await post({ ...alertmanager, truncatedAlerts: 7 })
    expect(hook.runner.status().lost).toBe(7)
    expect(await post({ hello: 'world' })).toMatchObject({ status: 400, code: 'TCN_HTTP_BODY' })
    expect(await post({ alerts: ['x'] })).toMatchObject({ status: 400, code: 'TCN_HTTP_BODY' })
  })

  it('stores each alert once when a request comes again after the hub took only some of it', async () => {
    await hook.start({ token: 't', preset: 'alertmanager' })
    const publish = hook.host.publish.bind(hook.host)
    hook.host.publish = (event) => hook.events.length < 1 && publish(event)
    expect(await post(alertmanager)).toMatchObject({ code: 'TCN_BUS_SUSPENDED' })
    hook.host.publish = publish
    expect(await post(alertmanager)).toEqual({ events: 2 })
    expect(hook.events.map(({ tag }) => tag)).toEqual([
      'alert/InstanceDown/firing',
      'alert/DiskFull/resolved',
    ])
    expect(await post(alertmanager)).toEqual({ events: 2 })
    expect(hook.events).toHaveLength(4)
  })
})

it('the preset grafana keeps what was measured, and where to look and to silence', async () => {
  await hook.start({ token: 't', preset: 'grafana' })
  // As Grafana 11 posts it.
  const alert = {
    status: 'firing',
    labels: { alertname: 'High memory usage', team: 'blue', zone: 'us-1' },
    annotations: {
      description: 'The system has high memory usage',
      runbook_url: 'https://myrunbook.com/runbook/1234',
      summary: 'This alert was triggered for zone us-1',
    },
    startsAt: '2026-10-12T09:51:03.157076+02:00',
    endsAt: '0001-01-01T00:00:00Z',
    generatorURL: 'https://play.grafana.org/alerting/1afz29v7z/edit',
    fingerprint: 'c6eadffa33fcdf37',
    silenceURL: 'https://play.grafana.org/alerting/silence/new?alertmanager=grafana',
    dashboardURL: 'https://play.grafana.org/d/abc',
    panelURL: 'https://play.grafana.org/d/abc?viewPanel=1',
    values: { B: 44.23943737541908, C: 1 },
    valueString: "[ var='B' labels={} value=44.23943737541908 ]",
  }
  await post({
    receiver: 'My Super Webhook',
    status: 'firing',
    orgId: 1,
    alerts: [alert],
    version: '1',
    state: 'alerting',
  })
  expect(hook.events).toEqual([
    {
      tag: 'alert/High memory usage/firing',
      data: {
        from: 'grafana',
        name: 'High memory usage',
        status: 'firing',
        severity: 'warning',
        message: 'This alert was triggered for zone us-1',
        time: '2026-10-12T07:51:03.157076Z',
        since: '2026-10-12T07:51:03.157076Z',
        labels: alert.labels,
        annotations: alert.annotations,
        fingerprint: 'c6eadffa33fcdf37',
        receiver: 'My Super Webhook',
        url: alert.generatorURL,
        values: alert.values,
        dashboard: alert.dashboardURL,
        silence: alert.silenceURL,
      },
    },
  ])
})

describe('the preset github', () => {
  // From @octokit/webhooks-examples 7.6.1 (MIT), without most URLs.
  const examples: Record<string, object> = JSON.parse(
    readFileSync(new URL('github-examples.json', import.meta.url), 'utf8'),
  )
  const send = (event: string, delivery = event) => {
    const body = JSON.stringify(examples[event])
    return hook.post(body, {
      'x-github-event': event,
      'x-github-delivery': delivery,
      'x-hub-signature-256': githubSignature('abc', Buffer.from(body)),
    })
  }

  it('takes a result that is the name of a property of objects as any other', async () => {
    await hook.start({ secret: 'abc', preset: 'github' })
    const body = JSON.stringify({ workflow_run: { conclusion: 'constructor' } })
    const { status } = await hook.post(body, {
      'x-github-event': 'workflow_run',
      'x-hub-signature-256': githubSignature('abc', Buffer.from(body)),
    })
    expect(status).toBe(200)
    expect(hook.host.events.at(-1)!.data).toMatchObject({ severity: 'info' })
  })

  it.each([
    [
      'push',
      'github/Codertocat/Hello-World/push',
      'info',
      /^push to refs\/tags\/simple-tag: Adding a .gitignore file$/,
    ],
    ['ping', 'github/Octocoders/Hello-World/ping', 'info', /^ping$/],
    [
      'pull_request',
      'github/Codertocat/Hello-World/pull_request',
      'info',
      /^pull_request opened #2: Update the README/,
    ],
    ['status', 'github/Codertocat/Hello-World/status', 'info', /^status \(success\)/],
    ['check_run', 'github/Codertocat/Hello-World/check_run', 'err', /^check_run \w+ \(failure\): /],
    [
      'dependabot_alert',
      'github/wolfy1339/pika-pack/dependabot_alert',
      'warning',
      /^dependabot_alert created #20: semver /,
    ],
    ['security_advisory', 'github/-/-/security_advisory', 'warning', /^security_advisory published/],
  ])('says what a genuine %s is about', async (event, tag, severity, message) => {
    await hook.start({ secret: 'abc', preset: 'github' })
    expect((await send(event)).status).toBe(200)
    expect(hook.events).toMatchObject([
      { tag, data: { event, severity, message: expect.stringMatching(message), delivery: event } },
    ])
    expect(hook.events[0].data.payload).toEqual(examples[event])
    expect(typesOf()).toEqual(['webhook.github'])
  })

  it('leaves out a delivery that GitHub repeats, and takes the form of a form', async () => {
    await hook.start({ secret: 'abc', preset: 'github' })
    await send('push')
    expect(await (await send('push')).json()).toEqual({ events: 0, repeated: true })
    expect((await send('push', 'another')).status).toBe(200)
    const body = new URLSearchParams({ payload: JSON.stringify(examples.push) }).toString()
    const form = await hook.post(body, {
      'content-type': 'application/x-www-form-urlencoded',
      'x-github-event': 'push',
      'x-hub-signature-256': githubSignature('abc', Buffer.from(body)),
    })
    expect(form.status).toBe(200)
    expect(hook.events.map(({ data }) => data.sender)).toEqual(['Codertocat', 'Codertocat', 'Codertocat'])
  })
})
