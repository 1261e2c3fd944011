import { webSocketDial } from '../client/transport/dial-web-socket.js'
import { dialWithFailover } from '../client/transport/failover.js'
import type { Dial } from '../client/transport/transport.js'
import { socketDial } from '../client/transport/transport-socket.js'
import { readConfigured } from '../config/secret-file.js'
import { messageOf } from '../errors/thrown.js'
import { TocsinError } from '../errors/tocsin-error.js'
import type { TlsOptions } from '../protocols/transport/tls-options.js'
import { readUpstreamAddress } from './address.js'
import type { UpstreamConfig } from './config.js'

const MAX_TOKEN_LENGTH = 4096

/** Connects to a hub there. Tests of whole systems put a network of their own here. */
export type DialOf = (server: string, tls: TlsOptions) => Dial

/** The way to the hubs there, and the token for them. Files are read again, since they may have changed. Throws TCN_FILE_UNREADABLE. */
export function wayTo(
  { servers, tls, tokenFile }: UpstreamConfig,
  dialOf: DialOf = dialTo,
): { dial: Dial; token: string | undefined } {
  const token = tokenFile === undefined ? undefined : readToken(tokenFile)
  const files: TlsOptions = {
    ca: tls.ca && readFile(tls.ca),
    certificate: tls.certificate && readFile(tls.certificate),
    key: tls.key && readFile(tls.key),
    serverName: tls.serverName,
  }
  return { dial: dialWithFailover(servers.map((server) => dialOf(server, files))), token }
}

const dialTo: DialOf = (server, tls) => {
  const address = readUpstreamAddress(server)
  // The hub there tells who was refused only if the token comes with the name, in the hello.
  return address.kind === 'web-socket' ? webSocketDial(address, { tls }) : socketDial(address, tls)
}

function readToken(file: string): string {
  const token = readFile(file).toString().trim()
  if (token === '' || token.length > MAX_TOKEN_LENGTH)
    throw new TocsinError('TCN_FILE_UNREADABLE', `${file} does not contain a token`)
  return token
}

function readFile(file: string): Buffer {
  try {
    return readConfigured(file)
  } catch (error) {
    throw new TocsinError('TCN_FILE_UNREADABLE', messageOf(error), { cause: error })
  }
}
