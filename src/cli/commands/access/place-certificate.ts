import { pathEnvironment } from '../../../config/home.js'
import { loadConfig } from '../../../config/load.js'
import { dataFolder } from '../../../config/paths.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { hubConfig } from '../../../hub/config/index.js'
import { ownTlsFiles } from '../../../hub/tls.js'

/** The files in which a hub with this configuration looks for its generated certificate. */
export function placeCertificate(named: { config?: string; data?: string }): {
  certificate: string
  key: string
} {
  const environment = pathEnvironment()
  const { config } = loadConfig(hubConfig, { config: named.config, environment })
  if (config.listen.tls.certificate !== undefined) {
    const { certificate } = config.listen.tls
    throw new TocsinError('TCN_USAGE', `the configuration has a certificate of its own: ${certificate}`)
  }
  return ownTlsFiles(dataFolder(named.data ?? config.data, environment))
}
