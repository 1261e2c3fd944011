import { readSmallFile, SecretFile, secretValue } from '../config/secret-file.js'
import type { Runtime } from '../event/runtime.js'
import { DeliveryFault } from './delivery-fault.js'

/** A secret of a sink, which rejects with a DeliveryFault; undefined if none is configured. */
export function sinkSecret(path: string | undefined, runtime: Runtime): SecretFile | undefined {
  return path === undefined ? undefined : new SecretFile(path, runtime, unavailable)
}

/** The address of a server, which may be read from where the configuration says. Rejects with a DeliveryFault. */
export function serverAddress(url: string, runtime: Runtime): () => Promise<URL> {
  const address = secretValue(url, runtime, unavailable)
  return async () => {
    const text = await address.text()
    if (/^https?:\/\/[^\s@]+$/.test(text) && URL.canParse(text)) return new URL(text)
    throw unavailable(`${url} does not contain a URL with http:// or https://`)
  }
}

/** Headers whose values may be read from where the configuration says. Rejects with a DeliveryFault. */
export function headerValues(
  headers: Readonly<Record<string, string>>,
  runtime: Runtime,
): () => Promise<Record<string, string>> {
  const values = Object.entries(headers).map(
    ([name, value]) => [name, secretValue(value, runtime, unavailable)] as const,
  )
  return async () =>
    Object.fromEntries(await Promise.all(values.map(async ([name, value]) => [name, await value.text()])))
}

/** Reads a small file that the configuration names. Rejects with a DeliveryFault. */
export function readText(path: string): Promise<string> {
  return readSmallFile(path, unavailable)
}

function unavailable(message: string): DeliveryFault {
  return new DeliveryFault('unavailable', message)
}
