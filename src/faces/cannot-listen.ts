import { TocsinError } from '../event/errors.js'

/** `host:port`, as an address is written. */
export function place(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

export function cannotListen(host: string, port: number, error: NodeJS.ErrnoException): TocsinError {
  const why = error.code === 'EADDRINUSE' ? 'another program listens there' : error.message
  return new TocsinError('TCN_SOCKET_IN_USE', `${place(host, port)}: ${why}`, { cause: error })
}
