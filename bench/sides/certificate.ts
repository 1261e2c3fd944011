import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeCertificate } from '../../src/faces/shared/make-certificate.js'

export interface CertificateFiles {
  readonly certificate: string
  readonly key: string
  /** The certificate itself, which is its own authority. */
  readonly ca: string
}

/** Writes a certificate like that of `tocsin tls init`, for this machine, and its key. */
export async function writeCertificate(folder: string): Promise<CertificateFiles> {
  mkdirSync(folder, { recursive: true })
  const made = await makeCertificate(['localhost', '127.0.0.1'], 1)
  const [certificate, key] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')]
  writeFileSync(certificate, made.certificate)
  writeFileSync(key, made.key, { mode: 0o600 })
  return { certificate, key, ca: made.certificate }
}
