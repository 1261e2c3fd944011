import { homedir } from 'node:os'
import { loadConfig } from '../config/load.js'
import { dataFolder } from '../config/paths.js'
import { TocsinError } from '../event/errors.js'
import { hubConfig } from './config.js'
import { ownTlsFiles } from './tls.js'

/** Where the hub of this configuration looks for the certificate that is made for it. */
export function placeCertificate(named: { config?: string; data?: string }): {
  certificate: string
  key: string
} {
  const environment = { variables: process.env, home: homedir() }
  const { config } = loadConfig(hubConfig, { config: named.config, environment })
  if (config.listen.tls.certificate !== undefined) {
    const { certificate } = config.listen.tls
    throw new TocsinError('TCN_USAGE', `the configuration has a certificate of its own: ${certificate}`)
  }
  return ownTlsFiles(dataFolder(named.data ?? config.data, environment))
}
