import { join } from 'node:path'
import { createSecureContext, type SecureContextOptions } from 'node:tls'
import { isDeepStrictEqual } from 'node:util'
import { readConfigured } from '../config/secret-file.js'
import type { TlsConfig } from '../config/values/network.js'
import { messageOf } from '../errors/thrown.js'
import { TocsinError } from '../errors/tocsin-error.js'
import {
  type CertificateFiles,
  type CertificateUser,
  type TlsListen,
  tlsSettings,
} from '../faces/shared/listener.js'

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
  #others: Certificate[] = []

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
   * Reads all files again, for new connections; those of `listen.tls` may be others. Returns whether any have changed.
   * Throws TCN_TLS_FILES, and changes nothing then.
   */
  reload(common?: TlsFiles): boolean {
    // Even the files of listeners that are closed may be gone.
    this.#others = this.#others.filter(({ isUsed }) => isUsed)
    const fresh = [this.#common.readAgain(common), ...this.#others.map((each) => each.readAgain())]
    return fresh.map((replace) => replace()).includes(true)
  }
}

/** One certificate, which can be replaced while its listeners listen. */
class Certificate {
  #files: TlsFiles | undefined
  readonly #servers = new Set<CertificateUser>()
  #inForce: SecureContextOptions | undefined

  constructor(files: TlsFiles | undefined) {
    this.#files = files
  }

  /** True if a listener uses it. */
  get isUsed(): boolean {
    return this.#servers.size > 0
  }

  /** Reads the files and returns the TLS options of a listener. Throws TCN_TLS_FILES. */
  get listen(): TlsListen {
    this.#inForce = read(this.#files)
    return {
      ...this.#inForce,
      ...clientCertificates(this.#files),
      follow: (server) => {
        this.#servers.add(server)
        server.once('close', () => this.#servers.delete(server))
      },
    }
  }

  /** Reads the files again; the function returned puts them in force, and returns whether they are others. */
  readAgain(files = this.#files): () => boolean {
    const context = this.isUsed ? read(files) : undefined
    return () => {
      this.#files = files
      if (context === undefined) return false
      const isOther = !isDeepStrictEqual(context, this.#inForce)
      this.#inForce = context
      if (isOther) for (const server of this.#servers) replace(server, context, files)
      return isOther
    }
  }
}

function replace(server: CertificateUser, context: SecureContextOptions, files: TlsFiles | undefined): void {
  server.setSecureContext(context)
  Object.assign(server, clientCertificates(files))
}

/** A client without a certificate may still have a token. */
function clientCertificates(
  files: TlsFiles | undefined,
): Pick<TlsListen, 'requestCert' | 'rejectUnauthorized'> {
  return { requestCert: files?.clientCa !== undefined, rejectUnauthorized: false }
}

function read(files: TlsFiles | undefined): SecureContextOptions {
  if (files === undefined) {
    throw new TocsinError(
      'TCN_TLS_FILES',
      'a hub without a data folder keeps no certificate: name one under listen.tls',
    )
  }
  const { certificate, key, clientCa } = files
  const settings: SecureContextOptions = {
    cert: readPem(certificate),
    key: readPem(key),
    ...(clientCa === undefined ? {} : { ca: readPem(clientCa) }),
    ...tlsSettings,
  }
  try {
    createSecureContext(settings)
  } catch (error) {
    throw new TocsinError('TCN_TLS_FILES', `${certificate} and ${key}: ${messageOf(error)}`, {
      cause: error,
    })
  }
  return settings
}

function readPem(path: string): Buffer {
  try {
    return readConfigured(path)
  } catch (error) {
    throw new TocsinError('TCN_TLS_FILES', messageOf(error), { cause: error })
  }
}
