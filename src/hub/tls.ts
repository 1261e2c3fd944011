import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createSecureContext, type SecureContextOptions, type Server } from 'node:tls'
import { isDeepStrictEqual } from 'node:util'
import { pathEnvironment } from '../config/home.js'
import { expandHome } from '../config/paths.js'
import type { TlsConfig } from '../config/values/network.js'
import { TocsinError } from '../errors/tocsin-error.js'
import type { TlsListen } from '../faces/shared/listener.js'

const OLDEST = 'TLSv1.2'
/** Those of TLS 1.3, and of TLS 1.2 only the ones with forward secrecy and authenticated encryption. */
const CIPHERS = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':')

export interface TlsFiles {
  certificate: string
  key: string
  clientCa?: string
}

/** Returns the configured files, else those that `tocsin tls init` writes; undefined without a data folder. */
export function tlsFiles(config: TlsConfig, data: string | undefined): TlsFiles | undefined {
  const { certificate, key, clientCa } = config
  if (certificate !== undefined && key !== undefined) return { certificate, key, clientCa }
  return data === undefined ? undefined : { ...ownTlsFiles(data), clientCa }
}

export function ownTlsFiles(data: string): { certificate: string; key: string } {
  const folder = join(data, 'tls')
  return { certificate: join(folder, 'certificate.pem'), key: join(folder, 'key.pem') }
}

/** The certificate of all listeners, which can be replaced while they listen. */
export class Tls {
  readonly #files: TlsFiles | undefined
  readonly #servers = new Set<Server>()
  /** Undefined until a listener has requested it. */
  #inForce: SecureContextOptions | undefined

  constructor(files: TlsFiles | undefined) {
    this.#files = files
  }

  /** Reads the files and returns the TLS options of a listener. Throws TCN_TLS_FILES. */
  get listen(): TlsListen {
    this.#inForce = this.#read()
    return {
      ...this.#inForce,
      // A client without a certificate may still have a token.
      requestCert: this.#files?.clientCa !== undefined,
      rejectUnauthorized: false,
      follow: (server) => {
        this.#servers.add(server)
        server.once('close', () => this.#servers.delete(server))
      },
    }
  }

  /**
   * Reads the files again, for new connections. Returns whether they have changed. Throws TCN_TLS_FILES, and changes
   * nothing then.
   */
  reload(): boolean {
    if (this.#inForce === undefined) return false
    const context = this.#read()
    const isOther = !isDeepStrictEqual(context, this.#inForce)
    this.#inForce = context
    if (isOther) for (const server of this.#servers) server.setSecureContext(context)
    return isOther
  }

  #read(): SecureContextOptions {
    if (this.#files === undefined) {
      throw new TocsinError(
        'TCN_TLS_FILES',
        'a hub without a data folder keeps no certificate: name one under listen.tls',
      )
    }
    const { certificate, key, clientCa } = this.#files
    const settings: SecureContextOptions = {
      cert: read(certificate),
      key: read(key),
      ...(clientCa === undefined ? {} : { ca: read(clientCa) }),
      minVersion: OLDEST,
      ciphers: CIPHERS,
    }
    try {
      createSecureContext(settings)
    } catch (error) {
      throw new TocsinError('TCN_TLS_FILES', `${certificate} and ${key}: ${(error as Error).message}`, {
        cause: error,
      })
    }
    return settings
  }
}

function read(path: string): Buffer {
  try {
    return readFileSync(expandHome(path, pathEnvironment()))
  } catch (error) {
    throw new TocsinError('TCN_TLS_FILES', (error as Error).message, { cause: error })
  }
}
