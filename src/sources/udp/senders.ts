import { BlockList, isIP } from 'node:net'
import { z } from 'zod'

/** The setting of one network whose senders are accepted. */
export const network = z
  .string()
  .refine(isNetwork, { error: 'must be an address, or a network such as 10.0.0.0/8' })

/** Returns whether messages of an address are accepted. Without networks, all are. */
export function senderTest(networks: readonly string[]): (address: string) => boolean {
  if (networks.length === 0) return () => true
  const list = new BlockList()
  for (const network of networks) {
    const [host, bits] = network.split('/')
    const family = isIP(host) === 6 ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(host, family)
    else list.addSubnet(host, Number(bits), family)
  }
  return (address) => {
    const plain = plainAddress(address)
    return list.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4')
  }
}

/** An IPv4 address that a socket for both families reports is written as one of IPv6. */
export function plainAddress(address: string): string {
  return /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(address) ? address.slice(7) : address
}

function isNetwork(text: string): boolean {
  const [host, bits, ...more] = text.split('/')
  const family = isIP(host)
  if (family === 0 || more.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
}
