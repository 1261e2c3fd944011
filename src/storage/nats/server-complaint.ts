import { connect } from 'node:net'
import type { Runtime } from '../../event/runtime.js'

const WAIT_MS = 1000
/** Much more than the greeting of a server. */
const MAX_BYTES = 64 * 1024

/**
 * Resolves with the reason for which a server turns connections away; undefined if it gives none. The library keeps it for itself,
 * and waits for more. `server`: as in `nats.servers`.
 */
export function complaintOf(server: string, runtime: Pick<Runtime, 'after'>): Promise<string | undefined> {
  const { hostname, port } = new URL(server)
  return new Promise((resolve) => {
    let text = ''
    const socket = connect(Number(port || 4222), hostname.replace(/^\[|\]$/g, ''))
    const end = (reason?: string) => {
      cancel()
      socket.destroy()
      resolve(reason)
    }
    const cancel = runtime.after(WAIT_MS, () => end())
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      const reason = /^-ERR '([^'\r\n]{1,200})'/m.exec(text)?.[1]
      if (reason !== undefined || text.length > MAX_BYTES) end(reason)
    })
    socket.on('error', () => end())
    socket.on('close', () => end())
  })
}
