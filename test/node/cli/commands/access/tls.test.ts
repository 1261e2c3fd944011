// Runs on each supported Node.js: TLS.
import { X509Certificate } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { RunningCommand } from '../../../../helpers/run-cli.js'
import { temporaryFolder } from '../../../../helpers/temporary-folder.js'

it("makes a certificate that is valid no longer than Apple's systems accept", async () => {
  const folder = temporaryFolder('tls-init')
  const config = join(folder, 'tocsin.yaml')
  writeFileSync(config, '')
  const command = new RunningCommand(['tls', 'init', '--config', config, '--data', folder])
  expect(await command.ended, command.stderr).toBe(0)
  const { validFrom, validTo } = new X509Certificate(readFileSync(join(folder, 'tls/certificate.pem')))
  expect(Date.parse(validTo) - Date.parse(validFrom)).toBeLessThanOrEqual(825 * 86_400_000)
})
