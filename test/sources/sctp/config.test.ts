import { expect, it } from 'vitest'
import { parseConfig } from '../../../src/config/load.js'
import { everyEvent } from '../../../src/protocols/sctp/index.js'
import { sctpSourcesConfig } from '../../../src/sources/sctp/index.js'

const parse = (text: string) => parseConfig(sctpSourcesConfig, text, 'f')

it('by default, all notifications become events, and user data does not', () => {
  expect(parse('[{ name: n2, listen: { port: 38412 } }]')).toEqual([
    {
      name: 'n2',
      listen: { addresses: ['::'], port: 38412 },
      style: 'oneToMany',
      events: [...everyEvent],
      init: {},
      redact: [],
      silentAfter: undefined,
    },
  ])
})

it('a peer has several addresses, with one port', () => {
  const [entry] = parse(
    '[{ name: m3ua, connect: { addresses: [10.0.0.5, "fd00::5"], port: 2905, from: { addresses: [10.0.0.1] } }, data: { maxBytes: 4KiB }, init: { outStreams: 17, timeout: 3s } }]',
  )
  expect(entry).toMatchObject({
    connect: { addresses: ['10.0.0.5', 'fd00::5'], port: 2905, from: { addresses: ['10.0.0.1'], port: 0 } },
    data: { maxBytes: 4096 },
    init: { outStreams: 17, timeout: 3000 },
  })
})

it.each([
  ['[{ name: a/b, listen: { port: 1 } }]', '[0].name: must be 1 to 64 letters'],
  ['[{ name: a }]', 'has either `listen` or `connect`'],
  ['[{ name: a, listen: { port: 1 }, connect: { addresses: ["::1"], port: 1 } }]', 'has either'],
  [
    '[{ name: a, listen: { port: 1 } }, { name: a, listen: { port: 2 } }]',
    'is already the name of another entry',
  ],
  ['[{ name: a, listen: { port: 0 } }]', '[0].listen.port'],
  ['[{ name: a, listen: { addresses: [localhost], port: 1 } }]', 'must be an IP address'],
  ['[{ name: a, listen: { port: 1 }, events: [SCTP_UP] }]', '[0].events[0]'],
  ['[{ name: a, listen: { port: 1 }, data: { maxBytes: 2GiB } }]', '[0].data.maxBytes'],
])('%s is rejected', (text, problem) => {
  expect(() => parse(text)).toThrow(problem)
})
