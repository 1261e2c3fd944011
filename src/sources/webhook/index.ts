import { webhookTypes } from '../../types/host/webhook.js'
import { receiverOfEntry } from '../entry.js'
import { defineSource, each } from '../kind.js'
import type { SourceDefinition } from '../source.js'
import { type WebhookConfig, webhookSourcesConfig } from './config.js'
import { WebhookSource } from './source.js'

export { webhookTypes } from '../../types/host/webhook.js'
export { type WebhookConfig, webhookSourcesConfig } from './config.js'

/** Returns the source of one entry of the configuration. */
export function webhookSource(config: WebhookConfig): SourceDefinition {
  return receiverOfEntry('webhook', config, ['time', 'delivery'], () => new WebhookSource(config))
}

export const webhookSources = defineSource({
  name: 'webhook',
  config: webhookSourcesConfig.default([]).describe('Requests of other programs over HTTP.'),
  types: webhookTypes,
  open: each(webhookSource),
})
