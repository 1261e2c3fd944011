import { receiverOfEntry } from '../entry.js'
import type { SourceDefinition } from '../source.js'
import type { WebhookConfig } from './config.js'
import { WebhookSource } from './source.js'

export { webhookTypes } from '../../types/host/webhook.js'
export { type WebhookConfig, webhookSourcesConfig } from './config.js'

/** Returns the source of one entry of the configuration. */
export function webhookSource(config: WebhookConfig): SourceDefinition {
  return receiverOfEntry('webhook', config, ['time', 'delivery'], () => new WebhookSource(config))
}
