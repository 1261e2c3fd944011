import { expect, it } from 'vitest'
import { snmpSourcesConfig } from '../../../src/sources/snmp/index.js'

const communityFile = '/etc/tocsin/communities'
const signed = { name: 'a', auth: 'sha', authFile: '/etc/tocsin/a' }
const faults = (entry: object) =>
  snmpSourcesConfig.safeParse([{ name: 't', ...entry }]).error?.issues.map(({ message }) => message) ?? []

it('listens at port 1162 of this machine, and says whom it accepts', () => {
  expect(snmpSourcesConfig.parse([{ name: 't', communityFile }])[0].udp).toEqual({
    host: '127.0.0.1',
    port: 1162,
  })
  expect(faults({})).toEqual(['has at least one of `communityFile` and `users`'])
})

it('is reached from other machines only by users who sign, or if that is asked for', () => {
  const udp = '0.0.0.0:162'
  expect(faults({ udp, communityFile })).toEqual([expect.stringContaining('from beyond this machine')])
  expect(faults({ udp, users: [{ name: 'plain' }] })).toHaveLength(1)
  expect(faults({ udp, communityFile, insecure: true })).toEqual([])
  expect(faults({ udp, users: [signed] })).toEqual([])
})

it('users have what belongs together, and different names', () => {
  expect(faults({ users: [{ name: 'a', auth: 'sha' }] })).toEqual(['`auth` and `authFile` go together'])
  expect(faults({ users: [{ name: 'a', priv: 'aes', privFile: '/p' }] })).toEqual([
    '`priv` needs `auth`: what is encrypted is also signed',
  ])
  const des = { ...signed, priv: 'des', privFile: '/p' }
  expect(faults({ users: [des] })).toEqual([expect.stringContaining('`des` cannot be read')])
  expect(faults({ users: [signed, signed] })).toEqual(['is already another user'])
})

it('names belong to object identifiers', () => {
  expect(faults({ communityFile, names: { linkDown: 'x' } })).toHaveLength(1)
  expect(faults({ communityFile, names: { '1.3.6.1.4.1.9.9.43.2.0.1': 'ciscoConfigManEvent' } })).toEqual([])
})
