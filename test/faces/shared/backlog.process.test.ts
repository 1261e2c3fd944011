import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { listenOnPort } from '../../../src/faces/salt/bus/listener.js'
import { startTestHub } from '../../../src/hub/testing.js'
import { openHttp, openTcp } from '../../helpers/open-face.js'
import { SyslogHarness } from '../../sources/syslog/harness.js'

const ASKED = 1_000
/** Time in which those are told that do not get in, ms; the others are at once. */
const PATIENCE = 10_000

/** Opens connections from another process while nothing else happens here, and returns how many it got. */
function connectionsAt(where: object): number {
  const program = `
    const net = require('node:net')
    let opened = 0
    const over = () => { console.log(opened); process.exit() }
    for (let n = 0; n < ${ASKED}; n++)
      net.connect(${JSON.stringify(where)}).on('error', () => {}).on('connect', () => ++opened === ${ASKED} && over())
    setTimeout(over, ${PATIENCE})`
  return Number(execFileSync(process.execPath, ['-e', program], { encoding: 'utf8' }))
}

const portIn = (address: string) => ({ host: '127.0.0.1', port: Number(address.split(':').at(-1)) })

it('as many connections as the system lets wait for a busy hub at each address', async () => {
  expect(Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8'))).toBeGreaterThanOrEqual(ASKED)
  await using hub = await startTestHub()
  expect(connectionsAt(portIn(await openTcp(hub)))).toBe(ASKED)
  expect(connectionsAt(portIn(await openHttp(hub)))).toBe(ASKED)
  const bus = createServer((socket) => socket.destroy())
  expect(connectionsAt(portIn(await listenOnPort(bus, 0)))).toBe(ASKED)
  bus.close()
})

it('as many connections as the system lets wait for a busy source of syslog', async () => {
  const syslog = new SyslogHarness()
  const path = join(syslog.folder, 'log.sock')
  await syslog.start({ tcp: '127.0.0.1:0', unix: path })
  expect(connectionsAt({ host: '127.0.0.1', port: syslog.port('tcp') })).toBe(ASKED)
  expect(connectionsAt({ path })).toBe(ASKED)
  await syslog.close()
})
