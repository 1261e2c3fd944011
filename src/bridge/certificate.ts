import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { CertificateFiles, TlsListen } from '../faces/shared/listener.js'
import { makeCertificate, writeCertificate } from '../faces/shared/make-certificate.js'
import { fingerprintOf } from '../faces/sysadm/certificate.js'
import { Certificates } from '../hub/tls.js'
import type { BridgeConfig } from './config.js'

const DAYS = 3650

export interface BridgeCertificate {
  tls: TlsListen
  /** SHA-256, with colons, for peers that pin it. */
  fingerprint: string
  /** Reads the files again, for new connections. Returns whether they have changed. Throws TCN_TLS_FILES. */
  reload(): boolean
}

/** Returns the configured certificate, or else the one in the folder, made at the first start. Rejects with TCN_TLS_FILES. */
export async function bridgeCertificate(
  { tls: own }: Pick<BridgeConfig, 'tls'>,
  folder: string,
): Promise<BridgeCertificate> {
  const files = own === undefined ? await madeFiles(folder) : { certificate: own.cert, key: own.key }
  const certificates = new Certificates(files)
  const tls = certificates.listen()
  return { tls, fingerprint: fingerprintOf(tls), reload: () => certificates.reload() }
}

async function madeFiles(folder: string): Promise<CertificateFiles> {
  const files = { certificate: join(folder, 'certificate.pem'), key: join(folder, 'key.pem') }
  if (!existsSync(files.certificate) || !existsSync(files.key)) {
    const made = await makeCertificate([hostname(), 'localhost', '127.0.0.1', '::1'], DAYS)
    writeCertificate(made, files, true)
  }
  return files
}
