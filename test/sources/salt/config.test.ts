import { expect, it } from 'vitest'
import { parseConfig } from '../../../src/config/load.js'
import { configuredAddresses } from '../../../src/sources/salt/config.js'
import { saltSourcesConfig } from '../../../src/sources/salt/index.js'

const parse = (text: string) => parseConfig(saltSourcesConfig, text, 'f')
const places = (text: string) => configuredAddresses(parse(`[{ name: a, ${text} }]`)[0])

it('the sockets of a master and a minion have the paths that Salt uses', () => {
  expect(places('node: master')).toEqual({
    pub: { path: '/var/run/salt/master/master_event_pub.ipc' },
    pull: { path: '/var/run/salt/master/master_event_pull.ipc' },
  })
  expect(places('node: minion, id: min1').pub).toEqual({
    path: '/var/run/salt/minion/minion_event_4f04f01ef6_pub.ipc',
  })
  expect(places('node: minion, id: min1, hashType: md5, sockDir: /s').pub).toEqual({
    path: '/s/minion_event_eff2c0d172_pub.ipc',
  })
})

it('ports are those of Salt unless others are configured', () => {
  expect(places('tcp: {}')).toEqual({
    pub: { host: '127.0.0.1', port: 4512 },
    pull: { host: '127.0.0.1', port: 4513 },
  })
  expect(places('node: minion, tcp: { pull: 9 }')).toEqual({
    pub: { host: '127.0.0.1', port: 4510 },
    pull: { host: '127.0.0.1', port: 9 },
  })
})

it.each([
  ['[{ name: a/b }]', '[0].name: must be 1 to 64 letters'],
  ['[{ name: a }, { name: a }]', '[1].name: is already the name of another entry'],
  ['[{ name: a, node: minion }]', '[0].id: a minion needs its `id`'],
  ['[{ name: a, sockDir: run }]', '[0].sockDir: must be an absolute path'],
  ['[{ name: a, sockDir: /run, tcp: {} }]', '[0].tcp: a bus has either `sockDir` or `tcp`'],
  ['[{ name: a, node: minion, id: b, hashType: sha257 }]', '[0].hashType: must be one of blake2b,'],
  [`[{ name: a, fire: ['${'['.repeat(300)}'] }]`, '[0].fire[0]'],
  ['[{ name: a, duplicates: { key: [tag] } }]', '[0].duplicates.key[0]'],
])('%s is rejected', (text, problem) => {
  expect(() => parse(text)).toThrow(problem)
})
