import { defineSink } from '../kind.js'
import { mailConfig } from './config.js'
import { MailDestination } from './destination.js'

export const mailSink = defineSink({
  name: 'mail',
  config: mailConfig,
  open: (config) => ({
    target: config.recipients.join(', '),
    parallel: 1,
    batch: config.batch,
    create: (view, runtime, work) => new MailDestination(config, view, runtime, work),
  }),
})
