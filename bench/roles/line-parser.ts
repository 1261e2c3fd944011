import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serveCalls } from '../harness/child.js'

let port = 0

/** A bare server that parses the lines it receives, and does nothing with them. */
serveCalls({
  async start() {
    const server = createServer((request, response) => {
      let rest = ''
      let parsed = 0
      request.setEncoding('utf8')
      request.on('data', (chunk: string) => {
        const lines = (rest + chunk).split('\n')
        rest = lines.pop()!
        for (const line of lines) if (JSON.parse(line).tag !== undefined) parsed++
      })
      request.on('end', () => response.end(JSON.stringify({ accepted: parsed })))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    port = (server.address() as AddressInfo).port
  },
  async port() {
    return port
  },
})
