import { z } from 'zod'
import { defineTypes } from '../event-type.js'
import { repeatedField, severityField } from '../parsed-text.js'
import { count, schemaOf, time } from '../schema-of.js'

const payload = () =>
  z
    .unknown()
    .meta({ description: 'The body: what its JSON says, or the fields of a form; else text or bytes.' })
const delivery = () =>
  z.string().optional().meta({ description: 'The name that the sender gave the request.' })
const cut = () =>
  count().optional().meta({
    description: 'Length of the body in bytes, if the body is too large for an event and was left out.',
  })
const labels = () => z.record(z.string(), z.string())

const webhookReceived = () =>
  z.object({
    contentType: z.string().optional(),
    delivery: delivery(),
    cloudEvent: z.record(z.string(), z.string()).optional().meta({
      description:
        'The attributes of a CloudEvent in binary mode, such as `id`, `source`, `type` and `time`.',
    }),
    payload: payload().optional(),
    cut: cut(),
    repeated: repeatedField(),
  })
export type WebhookReceived = z.infer<ReturnType<typeof webhookReceived>>

const webhookAlert = () =>
  z.object({
    from: z.enum(['alertmanager', 'grafana']),
    name: z.string().meta({ description: 'The name of the alert: its label `alertname`.' }),
    status: z.enum(['firing', 'resolved']),
    severity: severityField(),
    time: time().optional().meta({ description: 'When the alert began, or when it was resolved.' }),
    message: z.string().meta({ description: 'Its summary, or else its description.' }),
    labels: labels(),
    annotations: labels(),
    since: time().optional().meta({ description: 'When the alert began.' }),
    fingerprint: z.string().optional().meta({ description: 'Identifies the labels of the alert.' }),
    receiver: z.string().optional(),
    url: z.string().optional().meta({ description: 'Where the alert comes from.' }),
    values: z.record(z.string(), z.unknown()).optional().meta({ description: 'What Grafana has measured.' }),
    dashboard: z.string().optional().meta({ description: 'URL of the dashboard in Grafana.' }),
    silence: z.string().optional().meta({ description: 'URL in Grafana that silences the alert.' }),
    repeated: repeatedField(),
  })
export type WebhookAlert = z.infer<ReturnType<typeof webhookAlert>>

const webhookCloudEvent = () =>
  z.object({
    id: z.string().meta({ description: 'Identifies the CloudEvent among those of its source.' }),
    source: z.string().meta({ description: 'Where it has happened, as a URI.' }),
    type: z.string().meta({ description: 'What has happened, such as com.example.object.deleted.' }),
    subject: z.string().optional(),
    time: time().optional(),
    dataschema: z.string().optional(),
    contentType: z.string().optional().meta({ description: 'The media type of `payload`.' }),
    extensions: z
      .record(z.string(), z.unknown())
      .optional()
      .meta({ description: 'The other attributes, and a `time` that cannot be read.' }),
    payload: payload().optional(),
    cut: cut(),
    repeated: repeatedField(),
  })
export type WebhookCloudEvent = z.infer<ReturnType<typeof webhookCloudEvent>>

const webhookGithub = () =>
  z.object({
    event: z.string().meta({ description: 'As in the header X-GitHub-Event, such as push.' }),
    action: z.string().optional(),
    repository: z.string().optional().meta({ description: 'Owner and name.' }),
    organization: z.string().optional(),
    sender: z.string().optional().meta({ description: 'Who has caused it.' }),
    severity: severityField(),
    time: time().optional(),
    message: z.string().meta({ description: 'What has happened, in one line.' }),
    url: z.string().optional(),
    delivery: delivery(),
    payload: payload().optional(),
    cut: cut(),
    repeated: repeatedField(),
  })
export type WebhookGithub = z.infer<ReturnType<typeof webhookGithub>>

/** The events that the sources `webhook/<name>` publish. */
export const webhookTypes = defineTypes([
  {
    type: 'webhook.received',
    tags: ['webhook/*/received'],
    summary: 'A request to a webhook was received.',
    display: '[{contentType} ][{payload}][ (repeated {repeated} times)]',
    schema: () => schemaOf(webhookReceived()),
  },
  {
    type: 'webhook.alert',
    tags: ['webhook/*/alert/*/*'],
    summary: 'Alertmanager or Grafana has sent an alert.',
    display: '[{severity} ]{status}: {message}[ (repeated {repeated} times)]',
    schema: () => schemaOf(webhookAlert()),
    correlation: ['data.fingerprint'],
  },
  {
    type: 'webhook.cloudevent',
    tags: ['webhook/*/cloudevent/*'],
    summary: 'A CloudEvent was received.',
    display: '{type} of {source}[: {subject}][ {payload}][ (repeated {repeated} times)]',
    schema: () => schemaOf(webhookCloudEvent()),
    correlation: ['data.source'],
  },
  {
    type: 'webhook.github',
    tags: ['webhook/*/github/*/*/*'],
    summary: 'Something has happened on GitHub.',
    display: '[{severity} ]{message}[ (repeated {repeated} times)]',
    schema: () => schemaOf(webhookGithub()),
    correlation: ['data.repository'],
  },
])

declare module '../event-type.js' {
  interface EventTypes {
    'webhook.received': WebhookReceived
    'webhook.alert': WebhookAlert
    'webhook.cloudevent': WebhookCloudEvent
    'webhook.github': WebhookGithub
  }
}
