import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent, type AgentOptions as HttpsAgentOptions } from 'node:https'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { EXCESS } from './answer-bounds.js'
import { GuardedSocket, type GuardedSocketOptions } from './guarded-socket.js'

/** Connections of HTTP over which no more may come than `expectAnswer` says. */
export function guardedAgent(
  isSecure: boolean,
  options: HttpsAgentOptions,
  guard: GuardedSocketOptions,
): HttpAgent {
  const agent: HttpAgent = isSecure ? new HttpsAgent(options) : new HttpAgent(options)
  const connect = agent.createConnection.bind(agent)
  agent.createConnection = (target) => {
    const socket = connect(target)
    return socket instanceof Socket ? new GuardedSocket(socket, guard) : socket
  }
  return agent
}

/** An answer to a request, or what is left of one, may have this number of bytes. */
export function expectAnswer(connection: Duplex, bytes: number): void {
  if (connection instanceof GuardedSocket) connection.expect(bytes, EXCESS)
}
