// Runs on each supported Node.js: TLS.
import { writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { connect, createServer, type Server } from 'node:tls'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { makeCertificate } from '../../../src/faces/shared/make-certificate.js'
import { Certificates } from '../../../src/hub/tls.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

let folder: string
let server: Server

beforeEach(async () => {
  folder = temporaryFolder('tls')
  const made = await makeCertificate(['localhost'], 1)
  const files = { certificate: join(folder, 'certificate.pem'), key: join(folder, 'key.pem') }
  writeFileSync(files.certificate, made.certificate)
  writeFileSync(files.key, made.key)
  server = createServer({ ...new Certificates(files).listen() })
  server.on('tlsClientError', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})

afterEach(() => {
  server.close()
})

function cipherOf(ciphers?: string): Promise<string> {
  const { port } = server.address() as AddressInfo
  return new Promise((resolve, reject) => {
    const options = { port, rejectUnauthorized: false, maxVersion: 'TLSv1.2', ciphers } as const
    const socket = connect(options, () => {
      resolve(socket.getCipher().name)
      socket.destroy()
    })
    socket.on('error', reject)
  })
}

it('speaks TLS 1.2 only with authenticated encryption', async () => {
  expect(await cipherOf()).toMatch(/^ECDHE-.*(GCM|CHACHA20)/)
  // Newer OpenSSL does not offer weak ones above level 0.
  for (const ciphers of ['ECDHE-ECDSA-AES128-SHA', 'ECDHE-ECDSA-AES256-SHA384', 'ECDHE-ECDSA-AES128-CCM8'])
    await expect(cipherOf(`${ciphers}:@SECLEVEL=0`), ciphers).rejects.toThrow(/handshake/)
})
