import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { requireTool } from '../helpers/tools.js'

/** A certificate for 127.0.0.1 that is its own authority. */
export function makeCertificate(): { ca: string; cert: Buffer; key: Buffer } {
  requireTool('openssl')
  const folder = temporaryFolder('certificate')
  const [key, ca] = ['key.pem', 'ca.pem'].map((name) => join(folder, name))
  const names = ['-subj', '/CN=test', '-addext', 'subjectAltName=IP:127.0.0.1']
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  execFileSync('openssl', ['req', '-x509', ...curve, '-keyout', key, '-out', ca, ...names], {
    stdio: 'ignore',
  })
  return { ca, cert: readFileSync(ca), key: readFileSync(key) }
}
