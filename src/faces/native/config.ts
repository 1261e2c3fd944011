import { z } from 'zod'
import { principalName } from '../../access/config.js'
import { MAX_SOCKET_PATH_BYTES } from '../../client/transport/socket-path.js'
import { listener, listenerKeys } from '../../config/values/network.js'
import { path } from '../../config/values/path.js'

/** The address that `on` stands for. */
const USUAL = '127.0.0.1:4581'

const unixListener = z.strictObject({
  path: path()
    .refine((text) => new TextEncoder().encode(text).length <= MAX_SOCKET_PATH_BYTES, {
      error: `must be at most ${MAX_SOCKET_PATH_BYTES} bytes long: the system allows no longer path for a socket`,
    })
    .optional()
    .describe('Path of the socket. Default: `tocsin.sock` in the folder where clients look first.'),
  principal: principalName()
    .default('admin')
    .describe(
      'Principal of the clients that connect here: a name from `principals`, or `admin`, which may do everything.',
    ),
})

export const unixConfig = z
  .array(unixListener)
  .max(64)
  // A hub has at least one: without it, no administrator could create tokens.
  .transform((list) => (list.length === 0 ? [unixListener.parse({})] : list))
  .prefault([{}])
  .describe('Unix sockets. A client that can open one acts as its principal.')
export type UnixConfig = z.output<typeof unixConfig>

export const tcpConfig = listener(z.strictObject(listenerKeys(USUAL)), USUAL)
  .describe('The native protocol over TCP.')
  .prefault('off')
export type TcpConfig = z.output<typeof tcpConfig>
