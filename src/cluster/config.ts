import { z } from 'zod'
import { duration } from '../config/values/units.js'

function shortText(form: string) {
  const error = `must be ${form}`
  return z.string({ error }).regex(/^[!-~]{1,255}$/, { error })
}

/** The section `cluster`: this hub among those that share its log. */
export const clusterConfig = z.strictObject({
  name: shortText('a name without spaces')
    .optional()
    .describe('Name of this hub, which no other hub of the cluster has. Default: the name of the host.'),
  address: shortText('an address without spaces')
    .optional()
    .describe('Where clients reach this hub, for the list of hubs, such as `tls://hub1.example:4581`.'),
  ttl: duration({ min: 5_000, max: 60_000 })
    .prefault('6s')
    .describe('Time after which another hub takes over from a primary that has stopped.'),
})
export type ClusterConfig = z.output<typeof clusterConfig>
