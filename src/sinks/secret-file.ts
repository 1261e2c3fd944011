import { readSmallFile, SecretFile } from '../config/secret-file.js'
import type { Runtime } from '../event/runtime.js'
import { DeliveryFault } from './delivery-fault.js'

/** A secret of a sink, which rejects with a DeliveryFault; undefined if none is configured. */
export function sinkSecret(path: string | undefined, runtime: Runtime): SecretFile | undefined {
  return path === undefined ? undefined : new SecretFile(path, runtime, unavailable)
}

/** Reads a small file that the configuration names. Rejects with a DeliveryFault. */
export function readText(path: string): Promise<string> {
  return readSmallFile(path, unavailable)
}

function unavailable(message: string): DeliveryFault {
  return new DeliveryFault('unavailable', message)
}
