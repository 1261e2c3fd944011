import { delimiter, join } from 'node:path'
import type { HubAddress } from '../../../client/transport/address.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { pythonPackages } from '../../../protocols/ncs/attached/python-packages.js'

/** The Python packages, and those that take the place of the vendors', which Python does not find by itself. */
const folders = [join(pythonPackages, 'shims'), pythonPackages]

/**
 * The environment in which a Python program for NSO or ConfD finds this hub, and the modules that speak to it.
 * Throws TCN_USAGE for an address that such programs cannot reach.
 */
export function programEnvironment(
  address: HubAddress,
  token: string | undefined,
  env: NodeJS.ProcessEnv,
): NodeJS.ProcessEnv {
  const path = [...folders, ...(env.PYTHONPATH ? [env.PYTHONPATH] : [])].join(delimiter)
  return {
    ...withoutPlaces(env),
    ...placeOf(address),
    PYTHONPATH: path,
    ...(token ? { TOCSIN_TOKEN: token } : {}),
  }
}

const vendors = ['NCS', 'CONFD'] as const

/** Programs ask for the port first, and for the path if there is none. */
function placeOf(address: HubAddress): NodeJS.ProcessEnv {
  if (address.kind === 'unix') return forAll({ PATH: address.path })
  if (address.kind === 'tcp') return forAll({ ADDR: address.host, PORT: String(address.port) })
  throw new TocsinError(
    'TCN_USAGE',
    'programs for NSO reach a hub by its socket or by tcp:// only: give --socket, or the address of a listener without TLS',
  )
}

function withoutPlaces(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const old = new Set(
    vendors.flatMap((vendor) => ['ADDR', 'PORT', 'PATH'].map((key) => `${vendor}_IPC_${key}`)),
  )
  return Object.fromEntries(Object.entries(env).filter(([name]) => !old.has(name)))
}

function forAll(values: Record<string, string>): NodeJS.ProcessEnv {
  const entries = Object.entries(values)
  return Object.fromEntries(
    vendors.flatMap((vendor) => entries.map(([key, value]) => [`${vendor}_IPC_${key}`, value])),
  )
}
