import type { DefinedBy } from '../definition.js'
import type { MailSinkConfig } from './config.js'
import { MailDestination } from './destination.js'

export const mailSink: DefinedBy<MailSinkConfig> = (config) => ({
  target: config.recipients.join(', '),
  parallel: 1,
  batch: config.batch,
  create: (view, runtime, work) => new MailDestination(config, view, runtime, work),
})
