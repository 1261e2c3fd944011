import { serveCalls } from '../harness/child.js'
import { micros, pause } from '../harness/clock.js'
import { ask, openSysadm } from '../sides/sysadm-client.js'
import { SYSADM_USER, type SysadmHub } from '../sides/sysadm-hub.js'
import type { TlsWebSocket } from '../sides/tls-web-socket.js'

export interface SysadmCallerOptions {
  hub: SysadmHub
  connections: number
}

/** ms between two batches of logins */
const EVERY = 10

let options: SysadmCallerOptions
let clients: TlsWebSocket[] = []

/** Clients that ask, and clients that try passwords. */
serveCalls({
  start(given: SysadmCallerOptions) {
    options = given
  },
  /** Connects from this address of the machine, in place of the connections before. */
  async open(from: string) {
    for (const { socket } of clients) socket.destroy()
    clients = []
    while (clients.length < options.connections) clients.push(await openSysadm(options.hub.port, from))
  },
  async login() {
    for (const client of clients) await ask(client, 'rpc', 'auth', SYSADM_USER)
  },
  /** Asks at this rate in turn over all connections; returns how long each answer took, µs. */
  async calls(rate: number, seconds: number): Promise<number[]> {
    const times: number[] = []
    for (let i = 0; i < rate * seconds; i++) {
      const began = micros()
      await ask(clients[i % clients.length], 'rpc', 'query', '')
      times.push(micros() - began)
      await pause(Math.max(0, 1 / rate - (micros() - began) / 1e6))
    }
    return times
  },
  /** Sends wrong passwords at this rate. Returns how many have been refused by then; rejects if one is not. */
  async guess(rate: number, seconds: number): Promise<number> {
    let refused = 0
    let admitted = 0
    for (const client of clients)
      client.onText = (text) => void (text.includes('"401"') ? refused++ : admitted++)
    const guess = {
      namespace: 'rpc',
      name: 'auth',
      id: 'g',
      args: { username: 'ops', password: 'wrong horse' },
    }
    const text = JSON.stringify(guess)
    const began = micros()
    for (let sent = 0; sent < rate * seconds; ) {
      const due = Math.min(rate * seconds, ((micros() - began) / 1e6) * rate)
      for (; sent < due; sent++) clients[sent % clients.length].send(text)
      await pause(EVERY / 1000)
    }
    if (admitted > 0) throw new Error(`${admitted} answers to a wrong password refuse nothing`)
    return refused
  },
})
