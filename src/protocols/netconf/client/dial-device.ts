import { readSmallFile } from '../../../config/secret-file.js'
import { readHostKey } from './host-key.js'
import { dialSsh, type SshCredentials } from './ssh.js'
import { dialTls } from './tls.js'
import type { NetconfDial, NetconfTransport } from './transport.js'

/** Where a device is, how it is known, and the files with which a hub logs in there. */
export interface DevicePlace {
  readonly host: string
  readonly port: number
  /** ms */
  readonly timeout: number
  readonly user?: string
  readonly keyFile?: string
  readonly passwordFile?: string
  readonly hostKey?: string | readonly string[]
  /** Instead of SSH. */
  readonly tls?: {
    readonly ca?: string
    readonly certificate?: string
    readonly key?: string
    readonly serverName?: string
    readonly fingerprint?: string
  }
}

/** Connects to the device, and logs in as the configuration says. */
export type DialDevice = (
  config: DevicePlace,
  options: Omit<NetconfDial, 'address' | 'timeout'>,
) => Promise<NetconfTransport>

export const dialDevice: DialDevice = async (config, given) => {
  const { host, port, timeout, tls } = config
  const options = { ...given, address: { host, port }, timeout }
  if (tls !== undefined) {
    const [ca, certificate, key] = await Promise.all([tls.ca, tls.certificate, tls.key].map(readIfGiven))
    const { serverName } = tls
    return dialTls({ ca, certificate, key, serverName, fingerprints: fingerprintsOf(config) }, options)
  }
  return dialSsh({ ...(await credentialsOf(config)), hostKeys: fingerprintsOf(config) }, options)
}

/** Reads what the device is logged in to with over SSH. */
export async function credentialsOf(config: DevicePlace): Promise<SshCredentials> {
  const { user = '', keyFile, passwordFile } = config
  const [privateKey, password] = await Promise.all([keyFile, passwordFile].map(readIfGiven))
  return { user, privateKey, password: password?.replace(/\r?\n$/, '') }
}

/** Fingerprints of the host keys of the device, or of its certificate. */
export function fingerprintsOf({ tls, hostKey }: DevicePlace): string[] {
  if (tls === undefined) return [hostKey ?? []].flat().map(readHostKey)
  return tls.fingerprint === undefined ? [] : [tls.fingerprint]
}

async function readIfGiven(file: string | undefined): Promise<string | undefined> {
  return file === undefined ? undefined : readSmallFile(file)
}
