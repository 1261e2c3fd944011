import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { expect, it } from 'vitest'
import { ListenerCertificate } from '../../../src/sources/syslog/certificate.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { testCertificate } from './harness.js'

it('a certificate that cannot be used is a fault until there is one that can', async () => {
  const folder = temporaryFolder('certificate')
  const used = testCertificate(folder)
  const next = join(folder, 'next')
  mkdirSync(next)
  const { certificate, key } = testCertificate(next)
  const runtime = new FakeRuntime()
  const listened = new ListenerCertificate(used, runtime)
  const server = createServer(await listened.read())
  let renewals = 0
  const renew = server.setSecureContext.bind(server)
  server.setSecureContext = (options) => {
    renewals++
    renew(options)
  }
  listened.follow(server)
  const renewed = async (times: number) => {
    runtime.advance(60_000)
    await expect.poll(() => renewals).toBe(times)
    // The next look is planned.
    await expect.poll(() => runtime.pending).toBe(1)
  }
  copyFileSync(certificate, used.certificate)
  await renewed(1)
  expect(listened.fault).toContain('key values mismatch')
  await renewed(2)
  expect(listened.fault).toContain('key values mismatch')
  copyFileSync(key, used.key)
  await renewed(3)
  expect(listened.fault).toBeUndefined()
  listened.close()
})
