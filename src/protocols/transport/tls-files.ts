import type { ConnectionOptions } from 'node:tls'
import { readSmallFile } from '../../config/secret-file.js'
import type { TlsClientConfig } from '../../config/values/tls-client.js'
import { tlsSettings } from './tls-options.js'

/** Options for `tls.connect`, with the files that the configuration names. */
export async function tlsOfFiles(
  { ca, certificate, key, serverName }: TlsClientConfig,
  host: string,
  read: (file: string) => Promise<string> = readSmallFile,
): Promise<ConnectionOptions> {
  const [caText, certificateText, keyText] = await Promise.all(
    [ca, certificate, key].map((file) => (file === undefined ? undefined : read(file))),
  )
  return tlsSettings({ ca: caText, certificate: certificateText, key: keyText, serverName }, host)
}
