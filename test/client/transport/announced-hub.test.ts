import { expect, it } from 'vitest'
import { parseUrlAddress, showAddress } from '../../../src/client/transport/address.js'
import { dialAnnounced } from '../../../src/client/transport/announced-hub.js'
import { dialWithFailover } from '../../../src/client/transport/failover.js'
import type { Dial, Transport, TransportEvents } from '../../../src/client/transport/transport.js'

const events: TransportEvents = { received: () => {}, closed: () => {} }

/** Returns the addresses dialled when a hub has said where to go. */
async function dialled(own: string[], elsewhere: unknown, gone: string[] = []): Promise<string[]> {
  const tried: string[] = []
  const addresses = own.map((text) => parseUrlAddress(text)!)
  const dialOf =
    (address: (typeof addresses)[number]): Dial =>
    async () => {
      tried.push(showAddress(address))
      if (gone.includes(showAddress(address))) throw new Error('nobody answers')
      return {} as Transport
    }
  await dialAnnounced(dialWithFailover(addresses.map(dialOf)), addresses, dialOf)(
    events,
    undefined,
    elsewhere,
  )
  return tried
}

const hubs = ['tls://one:4581', 'tls://two:4581']

it('a client goes to the hub that another one names, whether it knew that one or not', async () => {
  expect(await dialled(hubs, 'tls://two:4581')).toEqual(['tls://two:4581'])
  expect(await dialled(hubs, 'tls://three:4581')).toEqual(['tls://three:4581'])
})

it('goes on to its other hubs if the one named does not answer', async () => {
  expect(await dialled(hubs, 'tls://three:4581', ['tls://three:4581'])).toEqual([
    'tls://three:4581',
    'tls://two:4581',
  ])
})

it('goes on to its other hubs if no address is named, or one that makes no sense', async () => {
  for (const named of ['', 'somewhere', 'tls://a b', 17]) {
    expect(await dialled(hubs, named)).toEqual(['tls://two:4581'])
  }
})

it('keeps to its hub while none sends it away', async () => {
  expect(await dialled(hubs, undefined)).toEqual(['tls://one:4581'])
})

it('sends its token over an open connection only if it has been told an open address itself', async () => {
  expect(await dialled(hubs, 'tcp://three:4581')).toEqual(['tls://two:4581'])
  expect(await dialled(['tcp://one:4581'], 'tcp://three:4581')).toEqual(['tcp://three:4581'])
  expect(await dialled(['tcp://one:4581'], 'wss://three:4580')).toEqual(['wss://three:4580/v1/ws'])
})
