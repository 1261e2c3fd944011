import { z } from 'zod'
import { address } from '../../config/values/address.js'
import { hostName } from '../../config/values/network.js'
import { path, secretFile } from '../../config/values/path.js'
import { readBy } from '../../config/values/read-by.js'
import { duration } from '../../config/values/units.js'
import { readAddress, readFingerprint } from '../../protocols/sysadm/client/address.js'

const HOUR = 3_600_000
const MAX_EXEMPT = 256
const MAX_FINGERPRINTS = 8
const MAX_BRIDGES = 64
export const BRIDGE_PORT = 12149

export const certificateFiles = z.strictObject({
  cert: path().describe('Certificate chain, PEM.'),
  key: secretFile().describe('Its private key, PEM.'),
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

const bridgeTls = z.strictObject({
  fingerprints: z
    .array(z.string().superRefine(readBy(readFingerprint)))
    .max(MAX_FINGERPRINTS)
    .default([])
    .describe('SHA-256 fingerprints of the certificate; one of them must fit.'),
  ca: path().optional().describe('Authority that signed the certificate, PEM.'),
  insecure: z
    .boolean()
    .default(false)
    .describe('Accepts every certificate: others on the way can read and change everything.'),
})

const bridge = z.strictObject({
  url: z
    .string()
    .max(512)
    .superRefine(readBy((text) => readAddress(text, BRIDGE_PORT)))
    .describe('Address such as wss://bridge.example:12149.'),
  key: secretFile().describe('File with the private RSA key with which the hub logs in there, PEM.'),
  tls: bridgeTls.prefault({}).describe('How the bridge is known. Default: as the system does it.'),
})
export type BridgeEntry = z.output<typeof bridge>

/** The address of a bridge as it is shown, and by which bridges are told apart. */
export function bridgeUrl({ url }: Pick<BridgeEntry, 'url'>): string {
  return readAddress(url, BRIDGE_PORT).url.replace(/\/$/, '')
}

function eachOnce(bridges: readonly BridgeEntry[], context: z.RefinementCtx): void {
  // An address that cannot be read is reported already.
  const urls = context.issues.length > 0 ? [] : bridges.map(bridgeUrl)
  for (const [index, url] of urls.entries())
    if (urls.indexOf(url) < index)
      context.addIssue({ code: 'custom', message: `${url} stands there twice`, path: [index, 'url'] })
}

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
    bridges: z
      .array(bridge)
      .max(MAX_BRIDGES)
      .superRefine(eachOnce)
      .default([])
      .describe(
        'Bridges through which clients also reach this hub, if they have a key that is registered here. Possible without `listen`.',
      ),
  })
  .refine(({ listen, rest }) => listen !== undefined || rest === undefined, {
    error: 'needs `listen` beside it',
    path: ['rest'],
  })
  .prefault({})
  .describe('A server for clients of SysAdm.')
export type SysadmConfig = z.output<typeof sysadmConfig>
