import { z } from 'zod'
import { tlsConfig } from '../../config/values/network.js'
import { keysUnder } from './part-keys.js'

/**
 * Where each face listens, and the certificate that they share. Each face has its default in its own `config.ts`;
 * without configuration, only programs on this machine can connect.
 */
export const listenConfig = z.strictObject({
  ...keysUnder('listen'),
  tls: tlsConfig.prefault({}).describe('The certificate of all listeners with `tls: true`.'),
})
