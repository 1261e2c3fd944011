import { z } from 'zod'
import { MAX_SOCKET_PATH_BYTES } from '../../client/socket-path.js'
import { httpConfig, tcpConfig, tlsConfig } from './network.js'
import { path } from './path.js'
import { principalName } from './principals.js'

const unixListener = z.strictObject({
  path: path()
    .refine((text) => new TextEncoder().encode(text).length <= MAX_SOCKET_PATH_BYTES, {
      error: `must be at most ${MAX_SOCKET_PATH_BYTES} bytes long: the system allows no longer path for a socket`,
    })
    .optional()
    .describe('Path of the socket. Default: `tocsin.sock` in the folder where clients look first.'),
  principal: principalName()
    .default('admin')
    .describe('Who connects here: a name of `principals`, or `admin`, who may do everything.'),
})

export const listenConfig = z.strictObject({
  unix: z
    .array(unixListener)
    .max(64)
    .prefault([{}])
    .describe('Unix sockets. Whoever may open one is the principal it names.'),
  http: httpConfig.prefault('auto'),
  tcp: tcpConfig.prefault('off'),
  tls: tlsConfig.prefault({}).describe('The certificate of all listeners with `tls: true`.'),
})
