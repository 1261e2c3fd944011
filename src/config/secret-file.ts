import { join } from 'node:path'
import { messageOf } from '../errors/thrown.js'
import type { Runtime } from '../event/runtime.js'
import { pathEnvironment } from './home.js'
import { expandHome } from './paths.js'
import { readTrusted } from './trusted-file.js'

const FRESH_MS = 10_000
const MAX_BYTES = 64 * 1024

/** Makes the error that says why a file cannot be used. */
export type FileFault = (message: string) => Error

const CREDENTIAL = 'credential:'
const FILE = 'file:'

/** Reads a secret of the configuration. */
export interface Secret {
  text(): Promise<string>
}

/** A value that stands in the configuration, or is read from where it says: `file:/path`, `credential:name`. */
export function secretValue(value: string, runtime: Runtime, fault?: FileFault): Secret {
  const path = secretPlace(value)
  return path === undefined ? { text: async () => value } : new SecretFile(path, runtime, fault)
}

/** Where the value is to be read; undefined if it is the value itself. */
export function secretPlace(value: string): string | undefined {
  if (value.startsWith(FILE)) return value.slice(FILE.length)
  return isCredential(value) ? value : undefined
}

/** Returns true for a credential of systemd, which only the service itself can read. */
export function isCredential(path: string): boolean {
  return path.startsWith(CREDENTIAL)
}

/** A secret in a file, which may be replaced while the hub runs. */
export class SecretFile {
  readonly #path: string
  readonly #runtime: Runtime
  readonly #fault: FileFault
  #read: { text: string; at: number } | undefined

  constructor(path: string, runtime: Runtime, fault: FileFault = plainError) {
    this.#path = path
    this.#runtime = runtime
    this.#fault = fault
  }

  /** The text without blanks at its ends. Rejects if there is none: the operator can still put the file there. */
  async text(): Promise<string> {
    const now = this.#runtime.monotonic()
    if (this.#read !== undefined && now - this.#read.at < FRESH_MS) return this.#read.text
    const text = (await readSmallFile(this.#path, this.#fault)).trim()
    if (text === '') throw this.#fault(`${this.#path} is empty`)
    this.#read = { text, at: now }
    return text
  }

  /** The header with the token of the file. Rejects if it has more than one line, or letters that no header has. */
  async bearer(): Promise<{ Authorization: string }> {
    const token = await this.text()
    if (!/^[\x20-\x7e]+$/.test(token)) throw this.#fault(`${this.#path} has something other than one token`)
    return { Authorization: `Bearer ${token}` }
  }
}

/** Reads a file that the configuration names. Throws an error that says why it cannot. */
export function readConfigured(path: string): Buffer {
  return readTrusted(secretPath(path))
}

/** Reads a small file that the configuration names. */
export async function readSmallFile(path: string, fault: FileFault = plainError): Promise<string> {
  const bytes = bytesOf(path, fault)
  if (bytes.length <= MAX_BYTES) return bytes.toString('utf8')
  throw fault(`${path} has more than ${MAX_BYTES / 1024} KiB`)
}

function bytesOf(path: string, fault: FileFault): Buffer {
  const place = secretPath(path, fault)
  try {
    return readTrusted(place)
  } catch (error) {
    throw fault(`a file cannot be read: ${messageOf(error)}`)
  }
}

/**
 * Returns the path of a file that the configuration names. A credential is in the folder that systemd makes for a service
 * (`LoadCredential=`, `SetCredentialEncrypted=`).
 */
export function secretPath(path: string, fault: FileFault = plainError): string {
  const environment = pathEnvironment()
  if (!isCredential(path)) return expandHome(path, environment)
  const folder = environment.variables.CREDENTIALS_DIRECTORY
  if (folder) return join(folder, path.slice(CREDENTIAL.length))
  throw fault(`${path} needs a service of systemd with LoadCredential=, which sets CREDENTIALS_DIRECTORY`)
}

function plainError(message: string): Error {
  return new Error(message)
}
