import type { Duplex } from 'node:stream'
import ssh2 from 'ssh2'
import { frameMessage } from '../../src/protocols/netconf/codec/framing.js'
import { helloText } from '../../src/protocols/netconf/codec/hello.js'
import { rpcText } from '../../src/protocols/netconf/codec/rpc.js'
import { createSubscription } from '../../src/protocols/netconf/codec/subscription.js'
import type { Ends, Receiving } from './side.js'
import { tocsinEnds } from './tocsin-ends.js'
import { webAddress } from './web-address.js'

/** The stream of the hub that has the events of a benchmark. */
export const STREAM = 'bench'

const END = '\n##\n'

/** Publishes natively and reads over NETCONF, with SSH. */
export const netconfEnds: Ends = {
  sender: (address, flat) => tocsinEnds.sender(webAddress(address).socket, flat),
  async receive(address, receiving) {
    const { port, token } = webAddress(address)
    const channel = await open(port, token)
    channel.write(frameMessage(helloText(), false))
    channel.write(frameMessage(rpcText('1', createSubscription({ stream: STREAM })), true))
    await countMessages(channel, receiving)
  },
  replay: () => Promise.reject(new Error('no row replays by NETCONF')),
}

function open(port: number, password: string): Promise<Duplex> {
  const client = new ssh2.Client()
  return new Promise((resolve, reject) => {
    client.on('error', reject)
    client.on('ready', () =>
      client.subsys('netconf', (error, channel) => (error ? reject(error) : resolve(channel))),
    )
    client.connect({
      ...{ host: '127.0.0.1', port, username: 'bench', password, tryKeyboard: false },
      ...{ readyTimeout: 60_000, keepaliveInterval: 0, keepaliveCountMax: 1 },
      hostVerifier: () => true,
    })
  })
}

/** Counts the ends of messages. Resolves with the first, which answers the subscription. */
function countMessages(channel: Duplex, { took }: Receiving): Promise<void> {
  let carry = ''
  let isSubscribed = false
  return new Promise((resolve) => {
    channel.on('data', (bytes: Buffer) => {
      const text = carry + bytes.toString('latin1')
      let count = 0
      let after = 0
      for (let at = text.indexOf(END); at >= 0; at = text.indexOf(END, after)) {
        after = at + END.length
        count++
      }
      carry = text.slice(Math.max(after, text.length - END.length + 1))
      if (count > 0 && !isSubscribed) {
        isSubscribed = true
        count--
        resolve()
      }
      if (count > 0) took(count)
    })
  })
}
