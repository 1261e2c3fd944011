import { X509Certificate } from 'node:crypto'
import { chmodSync, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { dirname } from 'node:path'
import { generate } from 'selfsigned'
import { messageOf } from '../../errors/thrown.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import { makeFolders } from '../../storage/folder.js'

export interface MadeCertificate {
  certificate: string
  key: string
  /** SHA-256 fingerprint in the usual notation, with colons. */
  fingerprint: string
}

const DNS = 2
const IP = 7

/** Makes a self-signed certificate, which clients trust explicitly. Names are host names and addresses. */
export async function makeCertificate(names: readonly string[], days: number): Promise<MadeCertificate> {
  const notBeforeDate = new Date()
  const notAfterDate = new Date(notBeforeDate)
  notAfterDate.setDate(notAfterDate.getDate() + days)
  const { cert, private: key } = await generate([{ name: 'commonName', value: names[0] }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate,
    notAfterDate,
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
      { name: 'subjectAltName', altNames: names.map(alternativeName) },
    ],
  })
  return { certificate: cert, key, fingerprint: new X509Certificate(cert).fingerprint256 }
}

/** Writes both files, readable only by this user. Throws TCN_FILE_EXISTS if one exists, unless `overwrite` is set. */
export function writeCertificate(
  made: MadeCertificate,
  files: { certificate: string; key: string },
  overwrite: boolean,
): void {
  if (!overwrite && (existsSync(files.certificate) || existsSync(files.key))) {
    throw new TocsinError('TCN_FILE_EXISTS', `${files.certificate} already exists`)
  }
  writePrivately(files.key, made.key)
  writePrivately(files.certificate, made.certificate)
}

function alternativeName(name: string): { type: 2; value: string } | { type: 7; ip: string } {
  return isIP(name) === 0 ? { type: DNS, value: name } : { type: IP, ip: name }
}

/** Replaces the file atomically. */
function writePrivately(path: string, text: string): void {
  const next = `${path}.new`
  try {
    makeFolders(dirname(path), 0o700)
    rmSync(next, { force: true })
    writeFileSync(next, text, { mode: 0o600, flag: 'wx' })
    chmodSync(next, 0o600)
    renameSync(next, path)
  } catch (error) {
    throw new TocsinError('TCN_FILE_UNWRITABLE', messageOf(error), { cause: error })
  }
}
