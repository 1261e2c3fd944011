import { z } from 'zod'
import { address } from '../../config/values/address.js'
import { hostName } from '../../config/values/network.js'
import { path } from '../../config/values/path.js'
import { duration } from '../../config/values/units.js'

const HOUR = 3_600_000
const MAX_EXEMPT = 256

export const certificateFiles = z.strictObject({
  cert: path().describe('Certificate chain, PEM.'),
  key: path().describe('Its private key, PEM.'),
})

export const blacklistConfig = z.strictObject({
  failures: z.int().min(1).max(1000).default(5).describe('Failed logins after which an address is refused.'),
  within: duration({ min: 1000, max: 24 * HOUR })
    .prefault('10m')
    .describe('Failures further apart than this count on their own.'),
  block: duration({ min: 1000, max: 30 * 24 * HOUR })
    .prefault('1h')
    .describe('How long the address is refused.'),
  exempt: z
    .array(hostName())
    .max(MAX_EXEMPT)
    .default([])
    .describe('Addresses that are never refused. This machine is not exempt by itself.'),
})

/** A server for clients of SysAdm. */
export const sysadmConfig = z
  .strictObject({
    listen: address()
      .optional()
      .describe(
        'Address of the WebSocket server, usually port 12150; always with TLS. Absent: the face is off.',
      ),
    rest: address().optional().describe('Address of the REST interface, usually port 12151. Absent: none.'),
    tls: certificateFiles
      .optional()
      .describe(
        'Own certificate. Absent: one is made at the first start and kept with the state of the hub.',
      ),
    spelling: z
      .enum(['genuine', 'documented'])
      .default('genuine')
      .describe(
        'How events are written: as the programs of SysAdm do, or as their documentation says, for clients written from it.',
      ),
    blacklist: blacklistConfig.prefault({}).describe('Addresses from which logins fail.'),
  })
  .refine(({ listen, rest }) => listen !== undefined || rest === undefined, {
    error: 'needs `listen` beside it',
    path: ['rest'],
  })
  .prefault({})
  .describe('A server for clients of SysAdm.')
export type SysadmConfig = z.output<typeof sysadmConfig>
