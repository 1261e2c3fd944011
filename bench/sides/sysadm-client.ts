import { TlsWebSocket } from './tls-web-socket.js'

export function openSysadm(port: number, from?: string): Promise<TlsWebSocket> {
  return TlsWebSocket.open(port, '/', 'origin: sysadm-client\r\n', from)
}

/** Resolves with the arguments of the answer. */
export async function ask(
  client: TlsWebSocket,
  namespace: string,
  name: string,
  args: unknown,
): Promise<unknown> {
  client.send(JSON.stringify({ namespace, name, id: name, args }))
  return JSON.parse(await client.next()).args
}
