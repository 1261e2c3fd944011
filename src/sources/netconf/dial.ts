import { readSmallFile } from '../../config/secret-file.js'
import { readHostKey } from '../../protocols/netconf/client/host-key.js'
import { dialSsh } from '../../protocols/netconf/client/ssh.js'
import { dialTls } from '../../protocols/netconf/client/tls.js'
import type { NetconfDial, NetconfTransport } from '../../protocols/netconf/client/transport.js'
import type { NetconfSourceConfig } from './config.js'

/** Connects to the device, and logs in as the configuration says. */
export type DialDevice = (
  config: NetconfSourceConfig,
  options: Omit<NetconfDial, 'address' | 'timeout'>,
) => Promise<NetconfTransport>

export const dialDevice: DialDevice = async (config, given) => {
  const { host, port, timeout, tls, user = '', keyFile, passwordFile, hostKey } = config
  const options = { ...given, address: { host, port }, timeout }
  if (tls !== undefined) {
    const [ca, certificate, key] = await Promise.all([tls.ca, tls.certificate, tls.key].map(readIfGiven))
    const { serverName, fingerprint } = tls
    return dialTls(
      { ca, certificate, key, serverName, fingerprints: fingerprint ? [fingerprint] : [] },
      options,
    )
  }
  const [privateKey, password] = await Promise.all([keyFile, passwordFile].map(readIfGiven))
  const hostKeys = [hostKey ?? []].flat().map(readHostKey)
  return dialSsh({ user, privateKey, password: password?.replace(/\r?\n$/, ''), hostKeys }, options)
}

async function readIfGiven(file: string | undefined): Promise<string | undefined> {
  return file === undefined ? undefined : readSmallFile(file)
}
