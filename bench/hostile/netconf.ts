import { once } from 'node:events'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import ssh2 from 'ssh2'
import { createSubscription } from '../../src/protocols/netconf/codec/subscription.js'
import { type Attack, crowd, repeat, Tally, type Target } from './attack.js'

const AT_ONCE = 8
const STRANGERS = 50
const HELLO =
  '<hello xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"><capabilities><capability>urn:ietf:params:netconf:base:1.0</capability></capabilities></hello>]]>]]>'
/** Time in which a session gets no answer and does not end, ms. */
const SILENCE = 500

const rpc = (operation: string): string =>
  `<rpc xmlns="urn:ietf:params:xml:ns:netconf:base:1.0" message-id="1">${operation}</rpc>]]>]]>`

/** The requests that a client sends after its hello. */
function requests(): string[] {
  const xpath = "//*[count(//*[. = 'x']) > count(//*)]"
  return [
    rpc('<get/>').repeat(500),
    rpc(`<get>${'<a>'.repeat(16_000)}`),
    rpc(`<get>${'<a/>'.repeat(60_000)}</get>`),
    rpc(`<get>${'x'.repeat(2 ** 24)}</get>`),
    rpc(createSubscription({ start: 0 })) + rpc('<get/>').repeat(500),
    rpc(createSubscription({ start: 0, filter: { xpath, namespaces: {} } })),
    `<!DOCTYPE rpc [<!ENTITY a "b">]>${rpc('<get>&a;</get>')}`,
    '\0'.repeat(2 ** 20),
  ]
}

export const netconfRequests: Attack = {
  name: 'netconf-requests',
  what: 'clients of NETCONF with long, deep and very many requests, and subscriptions that nobody reads',
  must: 50,
  async prepare(target) {
    const all = requests()
    return async (seconds) => {
      const outcomes = new Tally()
      await repeat(seconds, async () => {
        const visits = Array.from({ length: AT_ONCE }, (_, nth) =>
          send(target, all[nth % all.length]).catch(String),
        )
        for (const outcome of await Promise.all(visits)) outcomes.add(outcome)
      })
      return String(outcomes)
    }
  },
}

/** Resolves when the session has ended, or when nothing more is read. */
async function send(target: Target, text: string): Promise<string> {
  const client = new ssh2.Client()
  const channel = await open(client, target)
  try {
    const ended = once(channel, 'close').then(() => 'ended')
    channel.on('error', () => {})
    channel.write(HELLO + text)
    const silence = new Promise<string>((resolve) => setTimeout(resolve, SILENCE, 'not read'))
    return await Promise.race([ended, silence])
  } finally {
    client.destroy()
  }
}

function open(client: InstanceType<typeof ssh2.Client>, { netconf, name, token }: Target): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    client.on('error', reject)
    client.on('close', () => reject(new Error('closed')))
    client.on('ready', () =>
      client.subsys('netconf', (error, channel) => (error ? reject(error) : resolve(channel))),
    )
    client.connect({
      ...{ host: '127.0.0.1', port: netconf, username: name, password: token, tryKeyboard: false },
      ...{ readyTimeout: 20_000, keepaliveInterval: 0, keepaliveCountMax: 1 },
      hostVerifier: () => true,
    })
  })
}

/** Peers that never log in. */
export const netconfStrangers: Attack = crowd(
  {
    name: 'netconf-strangers',
    what: 'connections to NETCONF that begin SSH and stop, or say something else',
    atOnce: STRANGERS,
  },
  async ({ netconf }, nth) => {
    const socket = connect(netconf, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(nth % 2 === 0 ? 'SSH-2.0-x\r\n' : 'GET / HTTP/1.1\r\n\r\n')
    const closed = once(socket, 'close')
    await Promise.race([once(socket, 'data'), closed])
    socket.write(Buffer.alloc(1000, nth))
    socket.destroySoon()
    await closed
    return 'left'
  },
)
