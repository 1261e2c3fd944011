import { shownServer } from '../../config/effective.js'
import type { DefinedBy } from '../definition.js'
import type { WebhookSinkConfig } from './config.js'
import { WebhookDestination } from './destination.js'

export const webhookSink: DefinedBy<WebhookSinkConfig> = (config) => ({
  target: shownServer(config.url),
  parallel: config.parallel,
  batch: config.mode === 'batch' ? config.batch : { events: 1, wait: 0 },
  create: (view, runtime, work) => new WebhookDestination(config, view, runtime, work),
})
