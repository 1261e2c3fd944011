import { once } from 'node:events'
import { createRequire } from 'node:module'
import { type AddressInfo, connect, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { fingerprintOf } from '../../../src/protocols/netconf/client/host-key.js'

const { Server: SshServer, utils } = createRequire(import.meta.url)('ssh2')

interface Settings {
  method?: 'password' | 'keyboard-interactive' | 'publickey'
  /** As OpenSSH writes it, for the method `publickey`. */
  publicKey?: string
  subsystem?: string
  /** Serves an opened subsystem. */
  serve?(stream: Duplex): void
}

/** A key pair as OpenSSH writes it. About one in two hundred that the library writes cannot be read (ssh2 1.17). */
export function keyPair(): { private: string; public: string } {
  for (;;) {
    const pair = utils.generateKeyPairSync('ed25519')
    if (!(utils.parseKey(pair.private) instanceof Error)) return pair
  }
}

/** An SSH server with one user, `admin`, whose password is `secret`. */
export class SshDevice {
  readonly fingerprint: string
  readonly hostKey: string
  /** The methods with which clients have tried to log in. */
  readonly logins: string[] = []
  readonly #server: Server & { injectSocket(socket: Socket): void }
  // biome-ignore lint/suspicious/noExplicitAny: the package has no types
  readonly #connections = new Set<any>()

  constructor({ method = 'password', publicKey, subsystem = 'netconf', serve = () => {} }: Settings) {
    const key = keyPair()
    this.hostKey = key.public
    this.fingerprint = fingerprintOf(Buffer.from(key.public.split(' ')[1], 'base64'))
    const allowed = publicKey === undefined ? undefined : utils.parseKey(publicKey)
    // biome-ignore lint/suspicious/noExplicitAny: the package has no types
    this.#server = new SshServer({ hostKeys: [key.private] }, (client: any) => {
      this.#connections.add(client)
      client.on('error', () => {})
      client.on('close', () => this.#connections.delete(client))
      // biome-ignore lint/suspicious/noExplicitAny: the package has no types
      client.on('authentication', (login: any) => {
        if (login.method === 'none' || login.method !== method) return login.reject([method])
        this.logins.push(login.method)
        if (login.method === 'password') return login.password === 'secret' ? login.accept() : login.reject()
        if (login.method === 'keyboard-interactive')
          return login.prompt([{ prompt: 'Password: ', echo: false }], ([answer]: string[]) =>
            answer === 'secret' ? login.accept() : login.reject(),
          )
        const isKey = login.key.data.equals(allowed.getPublicSSH())
        const isSigned =
          login.signature === undefined || allowed.verify(login.blob, login.signature, login.hashAlgo)
        return isKey && isSigned === true ? login.accept() : login.reject()
      })
      // biome-ignore lint/suspicious/noExplicitAny: the package has no types
      client.on('session', (accept: any) =>
        // biome-ignore lint/suspicious/noExplicitAny: the package has no types
        accept().on('subsystem', (take: any, refuse: any, { name }: any) =>
          name === subsystem ? serve(take()) : refuse(),
        ),
      )
    })
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    this.#port = (this.#server.address() as AddressInfo).port
  }

  #port = 0
  get port(): number {
    return this.#port
  }

  /** Opens the connection itself, and is the server of SSH on it. */
  async callHome(port: number): Promise<Socket> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.on('error', () => {})
    this.#server.injectSocket(socket)
    return socket
  }

  /** Exchanges the keys of its connections again, perhaps with another host key. */
  rekey(privateKey?: string): void {
    for (const client of this.#connections) {
      if (privateKey !== undefined) client._protocol._hostKeys = { 'ssh-ed25519': utils.parseKey(privateKey) }
      client.rekey()
    }
  }

  close(): void {
    this.#server.close()
    for (const client of this.#connections) client.end()
  }
}
