import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createSecureContext, type SecureContextOptions, type Server } from 'node:tls'
import { isDeepStrictEqual } from 'node:util'
import { pathEnvironment } from '../config/home.js'
import { expandHome } from '../config/paths.js'
import type { TlsConfig } from '../config/values/network.js'
import { TocsinError } from '../errors/tocsin-error.js'
import { type CertificateFiles, type TlsListen, tlsSettings } from '../faces/shared/listener.js'

export interface TlsFiles extends CertificateFiles {
  clientCa?: string
}

/** Returns the configured files, else those that `tocsin tls init` writes; undefined without a data folder. */
export function tlsFiles(config: TlsConfig, data: string | undefined): TlsFiles | undefined {
  const { certificate, key, clientCa } = config
  if (certificate !== undefined && key !== undefined) return { certificate, key, clientCa }
  return data === undefined ? undefined : { ...ownTlsFiles(data), clientCa }
}

export function ownTlsFiles(data: string): CertificateFiles {
  const folder = join(data, 'tls')
  return { certificate: join(folder, 'certificate.pem'), key: join(folder, 'key.pem') }
}

/** The certificates of all listeners: that of `listen.tls`, and those that a face has of its own. */
export class Certificates {
  readonly #common: Certificate
  readonly #others: Certificate[] = []

  constructor(files: TlsFiles | undefined) {
    this.#common = new Certificate(files)
  }

  /** Returns the TLS options of a listener. Throws TCN_TLS_FILES. */
  listen(own?: CertificateFiles): TlsListen {
    if (own === undefined) return this.#common.listen
    const certificate = new Certificate(own)
    const { listen } = certificate
    this.#others.push(certificate)
    return listen
  }

  /**
   * Reads all files again, for new connections. Returns whether any have changed. Throws TCN_TLS_FILES, and changes
   * nothing then.
   */
  reload(): boolean {
    const fresh = [this.#common, ...this.#others].map((each) => each.readAgain())
    return fresh.map((replace) => replace()).includes(true)
  }
}

/** One certificate, which can be replaced while its listeners listen. */
class Certificate {
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

  /** Reads the files again; the function returned puts them in force, and returns whether they are others. */
  readAgain(): () => boolean {
    if (this.#inForce === undefined) return () => false
    const context = this.#read()
    return () => {
      const isOther = !isDeepStrictEqual(context, this.#inForce)
      this.#inForce = context
      if (isOther) for (const server of this.#servers) server.setSecureContext(context)
      return isOther
    }
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
      ...tlsSettings,
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
