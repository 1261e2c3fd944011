import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'

/** Returns how many datagrams the kernel has dropped at a socket since it was opened; undefined if nobody says so. */
export async function kernelDrops(socket: { address: string; port: number }): Promise<number | undefined> {
  const file = isIP(socket.address) === 6 ? '/proc/net/udp6' : '/proc/net/udp'
  const text = await readFile(file, 'latin1').catch(() => undefined)
  return text === undefined ? undefined : dropsOf(text, socket)
}

/** Reads the counter of a socket from the text of /proc/net/udp. */
export function dropsOf(
  text: string,
  { address, port }: { address: string; port: number },
): number | undefined {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const host = isIP(address) === 4 ? hexOf(address) : ''
  for (const line of text.split('\n')) {
    const columns = line.trim().split(/\s+/)
    const [, local = ''] = columns
    if (local.endsWith(wanted) && local.startsWith(host)) return Number(columns.at(-1))
  }
  return undefined
}

/** The kernel writes an address as a number in the order of the processor. */
function hexOf(address: string): string {
  const bytes = address.split('.').map((part) => Number(part).toString(16).toUpperCase().padStart(2, '0'))
  return bytes.reverse().join('')
}
