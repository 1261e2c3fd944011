import { shownServer } from '../../config/redaction.js'
import { defineSink } from '../kind.js'
import { isBatched, webhookConfig } from './config.js'
import { WebhookDestination } from './destination.js'

export const webhookSink = defineSink({
  name: 'webhook',
  config: webhookConfig,
  open: (config) => ({
    target: shownServer(config.url),
    parallel: config.parallel,
    batch: isBatched(config) ? config.batch : { events: 1, wait: 0 },
    create: (view, runtime, work) => new WebhookDestination(config, view, runtime, work),
  }),
})
