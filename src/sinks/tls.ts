import type { ConnectionOptions } from 'node:tls'
import type { TlsClientConfig } from '../config/values/tls-client.js'
import { toTocsinError } from '../errors/tocsin-error.js'
import { tlsSettings } from '../protocols/transport/tls-options.js'
import { DeliveryFault } from './delivery-fault.js'
import { readText } from './secret-file.js'

/** Options for `tls.connect`. Rejects with a DeliveryFault if a file cannot be used. */
export async function tlsClient(config: TlsClientConfig, host: string): Promise<ConnectionOptions> {
  const { ca, certificate, key, serverName } = config
  const [caText, certificateText, keyText] = await Promise.all(
    [ca, certificate, key].map((file) => (file === undefined ? undefined : readText(file))),
  )
  try {
    return tlsSettings({ ca: caText, certificate: certificateText, key: keyText, serverName }, host)
  } catch (thrown) {
    throw new DeliveryFault('unavailable', toTocsinError(thrown, 'TCN_INTERNAL').message)
  }
}
