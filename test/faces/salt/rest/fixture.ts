import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { Hub } from '../../../../src/hub/hub.js'
import { startTestHub, type TestHub, type TestHubOptions } from '../../../../src/hub/testing.js'

export const PASSWORD = 'correct horse'

type Salt = NonNullable<NonNullable<TestHubOptions['config']>['salt']>[number]

export interface RestFixture {
  /** `http://127.0.0.1:<port>` */
  url: string
  port: number
  test: TestHub
  hub: Hub
  /** Publishes on the Salt bus. */
  fire(tag: string, data: unknown): Promise<unknown>
  login(user?: string, eauth?: string, password?: string): Promise<string>
  ask(path: string, init?: RequestInit): Promise<Response>
  close(): Promise<void>
}

/** Starts a hub with one Salt bus, `master`, whose REST interface listens on a free port. */
export async function startRest(
  rest: Salt['rest'] = {},
  principals: NonNullable<TestHubOptions['config']>['principals'] = {},
  bus: Partial<Salt> = {},
  limits: NonNullable<TestHubOptions['config']>['limits'] = {},
  listen: NonNullable<TestHubOptions['config']>['listen'] = {},
): Promise<RestFixture> {
  const test = await startTestHub({
    config: {
      listen: { http: 'off', ...listen },
      limits,
      principals: { saltuser: { see: '*', publish: '*' }, ...principals },
      salt: [
        {
          bus: 'master',
          tcp: { pub: 0, pull: 0 },
          ...bus,
          rest: { address: '127.0.0.1:0', disableSsl: true, ...rest },
        },
      ],
    },
  })
  const { hub } = test
  try {
    await hub.access.passwords.set('saltuser', PASSWORD)
  } catch (error) {
    await test.close()
    throw error
  }
  const url = hub.listeners.find(({ face }) => face === 'salt-api')?.address ?? ''
  const client = await test.connect()
  const ask: RestFixture['ask'] = (path, init) => fetch(url + path, init)
  return {
    url,
    port: Number(new URL(url).port),
    test,
    hub,
    fire: (tag, data) => client.publish(tag, data, { source: 'salt/master' }),
    async login(username = 'saltuser', eauth = 'pam', password = PASSWORD) {
      const response = await ask('/login', {
        method: 'POST',
        body: new URLSearchParams({ username, password, eauth }),
      })
      if (response.status !== 200) throw new Error(`${response.status}`)
      return response.headers.get('x-auth-token') ?? ''
    },
    ask,
    async close() {
      await client.close()
      await test.close()
    },
  }
}

/** Collects everything that arrives on a raw connection. */
export class RawPeer {
  readonly socket: Socket
  text = ''
  ended = false

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (data) => {
      this.text += data.toString('utf8')
    })
    socket.on('close', () => {
      this.ended = true
    })
    socket.on('error', () => {})
  }

  static async open(port: number, request: string): Promise<RawPeer> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    const peer = new RawPeer(socket)
    socket.write(request)
    return peer
  }

  get head(): string {
    return this.text.slice(0, this.text.indexOf('\r\n\r\n'))
  }

  get body(): string {
    const at = this.text.indexOf('\r\n\r\n')
    return at < 0 ? '' : this.text.slice(at + 4)
  }
}

/** Collects the text of a stream as it arrives. Node removes the chunk headers. */
export class StreamReader {
  readonly response: IncomingMessage
  text = ''
  ended = false

  private constructor(response: IncomingMessage) {
    this.response = response
    response.setEncoding('utf8')
    response.on('data', (text: string) => {
      this.text += text
    })
    response.on('close', () => {
      this.ended = true
    })
    response.on('error', () => {})
  }

  static async open(url: string, headers: Record<string, string> = {}): Promise<StreamReader> {
    const request = get(url, { headers, agent: false })
    request.on('error', () => {})
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    return new StreamReader(response)
  }

  get tags(): string[] {
    return [...this.text.matchAll(/^tag: (.*)$/gm)].map(([, tag]) => tag)
  }

  close(): void {
    this.response.destroy()
  }
}
