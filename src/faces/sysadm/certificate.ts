import { X509Certificate } from 'node:crypto'
import { hostname } from 'node:os'
import type { Bucket } from '../../state/index.js'
import type { FaceHost } from '../face.js'
import { type TlsListen, tlsSettings } from '../shared/listener.js'
import { makeCertificate } from '../shared/make-certificate.js'
import type { SysadmConfig } from './config.js'

const KEPT = 'sysadm-certificate'
const DAYS = 3650

interface Pair {
  cert: string
  key: string
}

/** Returns the configured certificate, or else the one made at the first start. Rejects with TCN_TLS_FILES. */
export async function sysadmCertificate(
  { certificate, state }: Pick<FaceHost, 'certificate' | 'state'>,
  files: SysadmConfig['tls'],
): Promise<TlsListen> {
  if (files !== undefined) return certificate({ certificate: files.cert, key: files.key })
  return { ...(await keptPair(state.bucket('principals'))), ...tlsSettings }
}

/** The SHA-256 of a certificate, with colons, for clients that pin it. */
export function fingerprintOf({ cert }: TlsListen): string {
  return new X509Certificate(cert as string | Buffer).fingerprint256
}

async function keptPair(bucket: Bucket): Promise<Pair> {
  const kept = await bucket.get(KEPT).catch(() => undefined)
  const known = kept && parse(kept.value)
  if (known !== undefined) return known
  const { certificate: cert, key } = await makeCertificate(
    [hostname(), 'localhost', '127.0.0.1', '::1'],
    DAYS,
  )
  await bucket.put(KEPT, Buffer.from(JSON.stringify({ cert, key })))
  return { cert, key }
}

/** Returns undefined for a record without a certificate: a new one is made then. */
function parse(value: Uint8Array): Pair | undefined {
  try {
    const { cert, key } = JSON.parse(Buffer.from(value).toString()) as Partial<Pair>
    return cert === undefined || key === undefined || !new X509Certificate(cert).subject
      ? undefined
      : { cert, key }
  } catch {
    return undefined
  }
}
