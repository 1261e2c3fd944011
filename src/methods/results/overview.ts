import { z } from 'zod'
import { askedHub, clusterReport } from './cluster.js'
import { hubStatus } from './hub.js'
import { text } from './shape.js'

const hubView = askedHub
  .extend({
    status: hubStatus.optional(),
    clock: z
      .int()
      .optional()
      .describe(
        'By how much its clock is ahead of that of the hub that was asked, at least, µs; negative: behind.',
      ),
  })
  .meta({ id: 'HubView', description: 'The state of a hub, or why it is not known.' })

const problem = z
  .object({
    level: z.enum(['wrong', 'warning']),
    text,
    next: text.describe('Advice on the next step.'),
  })
  .meta({ id: 'ClusterProblem' })

export const clusterOverview = z
  .object({
    cluster: clusterReport,
    hubs: z.array(hubView).describe('All hubs, the one that was asked included, by name.'),
    problems: z.array(problem).describe('The worst first.'),
  })
  .meta({ id: 'ClusterOverview' })
