import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { pathEnvironment } from '../../config/home.js'
import { expandHome } from '../../config/paths.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import type { Bucket } from '../../state/index.js'
import type { TlsListen } from '../shared/listener.js'
import { makeCertificate } from '../shared/make-certificate.js'
import type { SysadmConfig } from './config.js'

const KEPT = 'sysadm-certificate'
const DAYS = 3650
const OLDEST = 'TLSv1.2'

interface Pair {
  cert: string
  key: string
}

export interface SysadmCertificate {
  tls: TlsListen
  /** SHA-256, with colons, for clients that pin it. */
  fingerprint: string
}

/** Returns the configured certificate, or else the one made at the first start. Rejects with TCN_TLS_FILES. */
export async function sysadmCertificate(
  files: SysadmConfig['tls'],
  bucket: Bucket,
): Promise<SysadmCertificate> {
  const pair = files === undefined ? await keptPair(bucket) : readPair(files)
  const { fingerprint256: fingerprint } = new X509Certificate(pair.cert)
  return { tls: { ...pair, minVersion: OLDEST }, fingerprint }
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

function readPair(files: NonNullable<SysadmConfig['tls']>): Pair {
  const [cert, key] = [files.cert, files.key].map((path) => expandHome(path, pathEnvironment()))
  try {
    const pair = { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') }
    new X509Certificate(pair.cert)
    return pair
  } catch (error) {
    throw new TocsinError('TCN_TLS_FILES', `${cert} and ${key}: ${(error as Error).message}`, {
      cause: error,
    })
  }
}
