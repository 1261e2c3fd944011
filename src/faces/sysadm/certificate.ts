import { createPrivateKey, X509Certificate } from 'node:crypto'
import { hostname } from 'node:os'
import type { Bucket, StateStore } from '../../state/index.js'
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
  return { ...(await keptPair(state)), ...tlsSettings }
}

/** The SHA-256 of a certificate, with colons, for clients that pin it. */
export function fingerprintOf({ cert }: TlsListen): string {
  return new X509Certificate(cert as string | Buffer).fingerprint256
}

/** The key belongs to this hub alone, so it is not among what hubs with the same log share. */
async function keptPair(state: Pick<StateStore, 'bucket'>): Promise<Pair> {
  const own = state.bucket('meta')
  const kept = await storedIn(own)
  if (kept !== undefined) return kept
  const earlier = state.bucket('principals')
  const pair = (await storedIn(earlier)) ?? (await newPair())
  await own.put(KEPT, Buffer.from(JSON.stringify(pair)))
  // Where earlier versions kept it. It goes only when it is stored anew.
  await earlier.delete(KEPT).catch(() => undefined)
  return pair
}

async function storedIn(bucket: Bucket): Promise<Pair | undefined> {
  const kept = await bucket.get(KEPT).catch(() => undefined)
  const pair = kept && parse(kept.value)
  if (kept !== undefined && pair === undefined)
    bucket.reportDamage(KEPT, 'the record has no certificate with its key')
  return pair
}

async function newPair(): Promise<Pair> {
  const { certificate: cert, key } = await makeCertificate(
    [hostname(), 'localhost', '127.0.0.1', '::1'],
    DAYS,
  )
  return { cert, key }
}

/** Returns undefined for a record without a certificate and its key: new ones are made then. */
function parse(value: Uint8Array): Pair | undefined {
  try {
    const { cert, key } = JSON.parse(Buffer.from(value).toString()) as Partial<Pair>
    if (typeof cert !== 'string' || typeof key !== 'string') return undefined
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)) ? { cert, key } : undefined
  } catch {
    return undefined
  }
}
