/** Addresses of a hub with an HTTP listener, packed into the address of a side. */
export interface WebAddress {
  socket: string
  port: number
  /** With TLS. */
  tls?: boolean
  token: string
}

export function webAddress(address: string): WebAddress {
  return JSON.parse(address)
}
