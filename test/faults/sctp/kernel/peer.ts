import { SctpSocket } from '../../../../src/protocols/sctp/index.js'

/** A peer that can be killed: `idle PORT` connects and stays, `exit PORT` exits with its socket open. */
export async function peer([what, port]: string[]): Promise<void> {
  const socket = new SctpSocket({ family: 'ipv4', style: 'oneToOne' })
  await socket.connect(['127.0.0.1', Number(port)])
  if (what === 'exit') {
    socket.recvv()
    process.exit(0)
  }
  for await (const _ of socket);
}
