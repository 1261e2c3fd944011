import { execFileSync } from 'node:child_process'
import { constants, createHash, privateEncrypt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type RawData, WebSocket } from 'ws'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { requireTool } from '../helpers/tools.js'

/** A key as operators make them. */
export interface OpensslKey {
  privatePem: string
  publicPem: string
  /** Base64 of the MD5 over the public PEM. */
  md5: string
}

export function opensslKey(bits = 2048): OpensslKey {
  const openssl = requireTool('openssl')
  const folder = temporaryFolder('openssl')
  const [secret, shared] = [join(folder, 'key'), join(folder, 'key.pub')]
  execFileSync(openssl, ['genrsa', '-out', secret, String(bits)], { stdio: 'ignore' })
  execFileSync(openssl, ['rsa', '-in', secret, '-pubout', '-out', shared], { stdio: 'ignore' })
  const publicPem = readFileSync(shared, 'utf8')
  const md5 = createHash('md5').update(publicPem).digest('base64')
  return { privatePem: readFileSync(secret, 'utf8'), publicPem, md5 }
}

export interface PeerOptions {
  type: 'server' | 'client'
  hostname?: string
  /** With which it logs in to the bridge. */
  key: OpensslKey
  /** The checksums that it says it has; default: that of its key. */
  md5s?: readonly string[]
  /** Text that it sends in place of the encrypted test string. */
  encrypted?: string
}

/** A server or client of a bridge that sends and receives texts, written from the frames of genuine programs. */
export class ScriptedPeer {
  readonly socket: WebSocket
  readonly options: PeerOptions
  /** Everything received. */
  readonly received: string[] = []
  headers: Record<string, unknown> = {}
  closed: { code: number; reason: string } | undefined
  #wake = new Set<() => void>()

  private constructor(url: string, options: PeerOptions) {
    this.options = options
    this.socket = new WebSocket(url, {
      rejectUnauthorized: false,
      perMessageDeflate: false,
      origin: `sysadm-${options.type}`,
    })
    this.socket.on('upgrade', ({ headers }) => Object.assign(this.headers, headers))
    this.socket.on('message', (data: RawData) => this.#receive(String(data)))
    this.socket.on('error', () => {})
    this.socket.on('close', (code, reason) => {
      this.closed = { code, reason: String(reason) }
      this.#changed()
    })
  }

  /** Connects, and says nothing but what the bridge asks. */
  static async connect(url: string, options: PeerOptions): Promise<ScriptedPeer> {
    const peer = new ScriptedPeer(url, options)
    await peer.until(() => peer.socket.readyState >= WebSocket.OPEN)
    return peer
  }

  /** Connects and logs in. */
  static async login(url: string, options: PeerOptions): Promise<ScriptedPeer> {
    const peer = await ScriptedPeer.connect(url, options)
    peer.send('{"args":"","id":"server_to_bridge_auth","name":"auth_ssl","namespace":"rpc"}')
    await peer.until(() => peer.received.some((text) => text.includes('list_ssl_checksums')))
    return peer
  }

  send(text: string): void {
    this.socket.send(text)
  }

  /** Sends a payload to another peer. */
  relay(to: string, payload: string): void {
    this.send(`${to}\n${payload}`)
  }

  /** What other peers have sent. */
  get relayed(): { from: string; payload: string }[] {
    return this.received
      .filter((text) => !text.startsWith('{'))
      .map((text) => ({
        from: text.slice(0, text.indexOf('\n')),
        payload: text.slice(text.indexOf('\n') + 1),
      }))
  }

  /** The lists of peers, in the order in which they came. */
  get lists(): string[][] {
    return this.received
      .filter((text) => text.startsWith('{"args":{"available_connections":'))
      .map((text) => JSON.parse(text).args.available_connections)
  }

  /** Resolves with the last list of peers when it has this many. */
  async reaches(count: number): Promise<string[]> {
    await this.until(() => (this.lists.at(-1) ?? []).length === count)
    return this.lists.at(-1) ?? []
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.closed !== undefined) throw new Error(`closed: ${this.closed.code} ${this.closed.reason}`)
      await new Promise<void>((resolve) => this.#wake.add(resolve))
    }
  }

  async untilClosed(): Promise<{ code: number; reason: string }> {
    while (this.closed === undefined) await new Promise<void>((resolve) => this.#wake.add(resolve))
    return this.closed
  }

  kill(): void {
    this.socket.terminate()
  }

  #receive(text: string): void {
    this.received.push(text)
    this.#answer(text)
    this.#changed()
  }

  #answer(text: string): void {
    const { type, hostname = 'vm', key, md5s = [key.md5], encrypted } = this.options
    if (text === '{"args":"","id":"sysadm_bridge_request_ident","name":"identify","namespace":"rpc"}')
      this.send(
        `{"args":{"hostname":"${hostname}","type":"${type}"},"id":"sysadm_bridge_request_ident","name":"response","namespace":"rpc"}`,
      )
    const testString = /^\{"args":\{"test_string":"([A-Za-z0-9]{40})"\}/.exec(text)?.[1]
    if (testString !== undefined) {
      const padding = constants.RSA_PKCS1_PADDING
      const value =
        encrypted ??
        privateEncrypt({ key: key.privatePem, padding }, Buffer.from(testString)).toString('base64')
      this.send(
        `{"args":{"encrypted_string":"${value}"},"id":"server_to_bridge_auth","name":"auth_ssl","namespace":"rpc"}`,
      )
    }
    if (
      text ===
      '{"args":{"action":"list_ssl_checksums"},"id":"bridge_request_list_keys","name":"settings","namespace":"rpc"}'
    )
      this.announceKeys(md5s)
  }

  /** Says which keys it has. */
  announceKeys(md5s: readonly string[]): void {
    this.send(
      `{"args":{"md5_keys":${JSON.stringify(md5s)}},"id":"bridge_request_list_keys","name":"response","namespace":"rpc"}`,
    )
  }

  #changed(): void {
    const woken = [...this.#wake]
    this.#wake.clear()
    for (const wake of woken) wake()
  }
}
