import { X509Certificate } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { createSecureContext, type SecureContextOptions } from 'node:tls'
import { TocsinError } from '../errors/tocsin-error.js'
import { tlsSettings } from '../faces/shared/listener.js'
import { makeCertificate, writeCertificate } from '../faces/shared/make-certificate.js'
import type { BridgeConfig } from './config.js'

const DAYS = 3650

export interface BridgeCertificate {
  tls: SecureContextOptions & typeof tlsSettings
  /** SHA-256, with colons, for peers that pin it. */
  fingerprint: string
}

/** Returns the configured certificate, or else the one in the folder, made at the first start. Rejects with TCN_TLS_FILES. */
export async function bridgeCertificate(
  { tls }: Pick<BridgeConfig, 'tls'>,
  folder: string,
): Promise<BridgeCertificate> {
  if (tls !== undefined) return read(tls)
  const files = { cert: join(folder, 'certificate.pem'), key: join(folder, 'key.pem') }
  if (!existsSync(files.cert) || !existsSync(files.key)) {
    const made = await makeCertificate([hostname(), 'localhost', '127.0.0.1', '::1'], DAYS)
    writeCertificate(made, { certificate: files.cert, key: files.key }, true)
  }
  return read(files)
}

function read(files: { cert: string; key: string }): BridgeCertificate {
  try {
    const pair = { cert: readFileSync(files.cert, 'utf8'), key: readFileSync(files.key, 'utf8') }
    createSecureContext(pair)
    const { fingerprint256: fingerprint } = new X509Certificate(pair.cert)
    return { tls: { ...pair, ...tlsSettings }, fingerprint }
  } catch (cause) {
    const message = `${files.cert} and ${files.key}: ${(cause as Error).message}`
    throw new TocsinError('TCN_TLS_FILES', message, { cause })
  }
}
