import type { SaltAddresses } from '../../faces/salt/client/address.js'
import { MASTER_PORTS, MINION_PORTS, masterSockets, minionSockets } from '../../faces/salt/codec/sockets.js'
import type { SaltSourceConfig } from './config.js'

type Named = Pick<SaltSourceConfig, 'node' | 'tcp' | 'sockDir' | 'id' | 'hashType'>

export function placesOf(config: Named): SaltAddresses {
  const { node, tcp, id = '', hashType } = config
  if (tcp !== undefined) {
    const ports = node === 'master' ? MASTER_PORTS : MINION_PORTS
    return {
      pub: { host: tcp.host, port: tcp.pub ?? ports.pub },
      pull: { host: tcp.host, port: tcp.pull ?? ports.pull },
    }
  }
  const { sockDir = `/var/run/salt/${node}` } = config
  const { pub, pull } = node === 'master' ? masterSockets(sockDir) : minionSockets(sockDir, id, hashType)
  return { pub: { path: pub }, pull: { path: pull } }
}
