/** Where a message came from. */
export interface Sender {
  transport: 'udp' | 'tcp' | 'relp' | 'tls' | 'unix'
  /** Its address; undefined for a unix socket. */
  peer?: string
  certificate?: string
}
