import type { checkServerIdentity } from 'node:tls'

type Check = typeof checkServerIdentity

/**
 * Returns the check of the certificate of a server. For one that is known by its address, the library gives no name to
 * the check of Node.js, which then compares the certificate with `localhost`. It is compared with the addresses of the
 * configuration instead, each of which is a server of this cluster.
 */
export function identityCheck(servers: readonly string[], check: Check): Check {
  const hosts = servers.map((server) => new URL(server).hostname.replace(/^\[|\]$/g, ''))
  const addresses = hosts.filter((host) => ADDRESS.test(host))
  return (name, certificate) => {
    const isNamed = !NO_NAME.has(name) || hosts.includes(name)
    if (isNamed || addresses.length === 0) return check(name, certificate)
    const errors = addresses.map((address) => check(address, certificate))
    return errors.includes(undefined) ? undefined : errors[0]
  }
}

const NO_NAME = new Set(['', 'localhost'])
const ADDRESS = /^[\d.]+$|:/
