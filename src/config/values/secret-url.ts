import { isIP } from 'node:net'

/** Returns whether a secret that is sent to this URL cannot be read on the way. True for anything but a URL. */
export function keepsSecrets(url: string): boolean {
  if (!URL.canParse(url)) return true
  const { protocol, hostname } = new URL(url)
  const isLoopback = hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'))
  return protocol === 'https:' || isLoopback || hostname === 'localhost'
}
