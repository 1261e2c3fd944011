import type { ConnectionOptions } from 'node:tls'
import type { TlsClientConfig } from '../config/values/tls-client.js'
import { toTocsinError } from '../errors/tocsin-error.js'
import { tlsOfFiles } from '../protocols/transport/tls-files.js'
import { DeliveryFault } from './delivery-fault.js'
import { readText } from './secret-file.js'

/** Options for `tls.connect`. Rejects with a DeliveryFault if a file cannot be used. */
export async function tlsClient(config: TlsClientConfig, host: string): Promise<ConnectionOptions> {
  try {
    return await tlsOfFiles(config, host, readText)
  } catch (thrown) {
    if (thrown instanceof DeliveryFault) throw thrown
    throw new DeliveryFault('unavailable', toTocsinError(thrown, 'TCN_INTERNAL').message)
  }
}
