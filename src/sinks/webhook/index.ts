import type { DefinedBy } from '../definition.js'
import type { WebhookSinkConfig } from './config.js'
import { WebhookDestination } from './destination.js'

export const webhookSink: DefinedBy<WebhookSinkConfig> = (config) => ({
  target: new URL(config.url).origin + new URL(config.url).pathname,
  parallel: config.parallel,
  batch: config.mode === 'batch' ? config.batch : { events: 1, wait: 0 },
  create: (view, runtime, work) => new WebhookDestination(config, view, runtime, work),
})
