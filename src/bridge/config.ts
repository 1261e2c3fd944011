import { z } from 'zod'
import { address } from '../config/values/address.js'
import { path } from '../config/values/path.js'
import { count, duration, size } from '../config/values/units.js'
import { blacklistConfig, certificateFiles } from '../faces/sysadm/config.js'

const KIB = 1024
const MIB = 1024 * KIB
const SECOND = 1000
const MAX_KEY_PATHS = 64

const limits = z.strictObject({
  connections: count(10_000, 'Open connections.'),
  connectionsOfAddress: count(1000, 'Open connections of one address.'),
  message: size({ min: 64 * KIB, max: 64 * MIB })
    .prefault('16MiB')
    .describe('Longest message that is relayed.'),
  buffer: size({ min: 128 * KIB, max: 64 * MIB })
    .prefault('1MiB')
    .describe('Bytes that may wait for one peer before nothing more is read from those that send to it.'),
  memory: size({ min: 4 * MIB })
    .prefault('256MiB')
    .describe(
      'Bytes that may wait for all peers. A peer with more than its share is disconnected above this.',
    ),
  stall: duration({ min: SECOND, max: 3600 * SECOND })
    .prefault('30s')
    .describe('How long a peer may take nothing while others are held up by it. Then it is disconnected.'),
})

/** The configuration of `tocsin bridge`. */
export const bridgeConfig = z.strictObject({
  listen: address().prefault('0.0.0.0:12149').describe('Address to listen on; always with TLS.'),
  folder: path().optional().describe('Where the certificate is kept that is made at the first start.'),
  tls: certificateFiles.optional().describe('Own certificate, instead of the one that is made.'),
  keys: z
    .array(path())
    .max(MAX_KEY_PATHS)
    .default([])
    .describe('Files with public RSA keys, PEM, or folders of such files. Peers log in with these keys.'),
  blacklist: blacklistConfig.prefault({}).describe('Addresses from which logins fail.'),
  limits: limits.prefault({}).describe('Limits of what peers may use.'),
})
export type BridgeConfig = z.output<typeof bridgeConfig>
