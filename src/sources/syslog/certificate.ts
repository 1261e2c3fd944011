import { stat } from 'node:fs/promises'
import type { Server, TlsOptions } from 'node:tls'
import { readConfigured, secretPath } from '../../config/secret-file.js'
import { messageOf } from '../../errors/thrown.js'
import type { Cancel, Runtime } from '../../event/runtime.js'
import type { SyslogConfig } from './config.js'

const LOOK_MS = 60_000

type Files = Pick<NonNullable<SyslogConfig['tls']>, 'certificate' | 'key' | 'clientCa'>

/** The certificate of listeners, which is read again when its files have changed. */
export class ListenerCertificate {
  readonly #files: Files
  readonly #runtime: Runtime
  #seen = ''
  readonly #servers: Server[] = []
  #look: Cancel | undefined
  #closed = false
  /** Why the files could not be read again. */
  fault: string | undefined

  constructor(files: Files, runtime: Runtime) {
    this.#files = files
    this.#runtime = runtime
  }

  async read(): Promise<TlsOptions> {
    this.#seen = await this.#changed()
    return this.#options()
  }

  #options(): TlsOptions {
    const { certificate, key, clientCa } = this.#files
    return {
      minVersion: 'TLSv1.2',
      cert: readConfigured(certificate),
      key: readConfigured(key),
      ...(clientCa !== undefined && {
        ca: readConfigured(clientCa),
        requestCert: true,
        rejectUnauthorized: true,
      }),
    }
  }

  /** Gives the server what is read again. */
  follow(server: Server): void {
    if (this.#servers.push(server) === 1) this.#lookLater()
  }

  #lookLater(): void {
    this.#look = this.#runtime.after(LOOK_MS, () => void this.#renew())
  }

  close(): void {
    this.#closed = true
    this.#look?.()
  }

  async #renew(): Promise<void> {
    try {
      const changed = await this.#changed()
      if (changed !== this.#seen) {
        const options = this.#options()
        for (const server of this.#servers) server.setSecureContext(options)
      }
      // Files that cannot be used are tried again.
      this.#seen = changed
      this.fault = undefined
    } catch (error) {
      this.fault = messageOf(error)
    }
    if (!this.#closed) this.#lookLater()
  }

  async #changed(): Promise<string> {
    const { certificate, key, clientCa } = this.#files
    const paths = [certificate, key, ...(clientCa === undefined ? [] : [clientCa])]
    const all = await Promise.all(paths.map((path) => stat(secretPath(path))))
    return all.map(({ mtimeMs, size, ino }) => `${mtimeMs}/${size}/${ino}`).join()
  }
}
