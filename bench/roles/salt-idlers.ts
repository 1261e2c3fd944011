import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { serveCalls } from '../harness/child.js'

export interface SaltIdlersOptions {
  sockDir: string
}

let path = ''
const sockets: Socket[] = []

/** Subscribers of an idle Salt bus. */
serveCalls({
  start({ sockDir }: SaltIdlersOptions) {
    path = join(sockDir, 'master_event_pub.ipc')
  },
  async add(connections: number) {
    for (let left = connections; left > 0; left--) {
      const socket = connect(path)
      await once(socket, 'connect')
      // A socket that is not read does not notice that it was closed.
      socket.resume()
      sockets.push(socket)
    }
  },
  open: () => sockets.filter(({ destroyed }) => !destroyed).length,
})
