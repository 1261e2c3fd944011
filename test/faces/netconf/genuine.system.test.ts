import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Client } from '../../../src/client/index.js'
import { startTestHub, type TestHub } from '../../../src/hub/testing.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { requireTool } from '../../helpers/tools.js'
import { keyPair } from '../../protocols/netconf/ssh-device.js'
import { portOf } from './fixture.js'

const STREAMS = ['NETCONF', 'alerts', 'rooms']
const key = keyPair()
const folder = temporaryFolder('netconf-genuine')
const keyFile = join(folder, 'id_ed25519')
let hub: TestHub
let publisher: Client

beforeAll(async () => {
  writeFileSync(keyFile, key.private)
  chmodSync(keyFile, 0o600)
  writeFileSync(`${keyFile}.pub`, key.public)
  hub = await startTestHub({
    config: {
      principals: { ann: { see: ['room/', 'alert/'], sshKeys: [key.public] } },
      listen: { netconf: '127.0.0.1:0' },
      streams: [
        { name: 'alerts', filter: ['alert/'] },
        { name: 'rooms', filter: ['room/'] },
      ],
    },
  })
  publisher = await hub.connect()
  await publisher.publish('room/1', { celsius: 21.5 })
  await publisher.publish('alert/x', { text: 'hot' })
})

afterAll(async () => {
  await publisher?.close()
  await hub?.close()
})

interface Answer {
  readonly to: string
  readonly input: string
}

/** Runs a program until its end, and answers what it asks, each question once and in this order. */
function run(program: string, words: readonly string[], answers: readonly Answer[] = []): Promise<string> {
  const child = spawn(program, words, { cwd: folder, env: { ...process.env, HOME: folder, TERM: 'dumb' } })
  const left = [...answers]
  let text = ''
  let seen = 0
  const take = (bytes: Buffer) => {
    text += bytes.toString()
    for (let [next] = left; next !== undefined && text.indexOf(next.to, seen) >= 0; [next] = left) {
      seen = text.indexOf(next.to, seen) + next.to.length
      left.shift()
      child.stdin.write(next.input)
    }
  }
  child.stdout.on('data', take)
  child.stderr.on('data', take)
  return new Promise((resolve) => child.once('close', (code) => resolve(`${text}\nexit code ${code}`)))
}

const script = `
import sys
from ncclient import manager
from ncclient.operations.rpc import RPCError

port, key, streams = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
with manager.connect(host='127.0.0.1', port=port, username='ann', key_filename=key, hostkey_verify=False,
                     allow_agent=False, look_for_keys=False) as hub:
    print('session', hub.session_id, ':notification' in hub.server_capabilities)
    listed = hub.get(('subtree', '<netconf xmlns="urn:ietf:params:xml:ns:netmod:notification"><streams/></netconf>'))
    for stream in streams:
        assert '<name>%s</name>' % stream in listed.data_xml, listed.data_xml
    try:
        hub.get_config('candidate')
    except RPCError as error:
        print('error', error.tag)
for stream in streams:
    with manager.connect(host='127.0.0.1', port=port, username='ann', key_filename=key, hostkey_verify=False,
                         allow_agent=False, look_for_keys=False) as hub:
        hub.create_subscription(stream_name=stream, start_time='1970-01-01T00:00:00Z')
        while True:
            notification = hub.take_notification(timeout=20).notification_xml
            print(stream, notification)
            if 'replayComplete' in notification:
                break
`

it('ncclient reads every stream', async () => {
  const file = join(folder, 'read.py')
  writeFileSync(file, script)
  const port = String(portOf(hub))
  const text = await run(requireTool('python3-ncclient'), [file, port, keyFile, ...STREAMS])
  expect(text).toMatch(/^session \d+ True$/m)
  expect(text).toContain('error invalid-value')
  expect(text).toMatch(/^NETCONF .*<celsius>21\.5<\/celsius>/m)
  expect(text).toMatch(/^NETCONF .*<text>hot<\/text>/m)
  expect(text).toMatch(/^rooms .*<celsius>21\.5<\/celsius>/m)
  expect(text).toMatch(/^alerts .*<text>hot<\/text>/m)
  expect(text.match(/replayComplete/g)).toHaveLength(STREAMS.length)
  expect(text).toContain('exit code 0')
})

it('yangcli reads every stream', async () => {
  mkdirSync(join(folder, '.ssh'), { recursive: true, mode: 0o700 })
  for (const stream of STREAMS) {
    const words = [
      '--server=127.0.0.1',
      `--ncport=${portOf(hub)}`,
      '--user=ann',
      `--private-key=${keyFile}`,
      `--public-key=${keyFile}.pub`,
      '--password=none',
    ]
    // It reads commands from a terminal only.
    const command = [requireTool('yangcli'), ...words].join(' ')
    const prompt = 'yangcli ann@127.0.0.1> '
    const text = await run(
      requireTool('script'),
      ['--quiet', '--command', command, '/dev/null'],
      [
        { to: prompt, input: `create-subscription stream=${stream} startTime=1970-01-01T00:00:00Z\n` },
        { to: 'replayComplete', input: '\n' },
        { to: prompt, input: 'close-session\n' },
        { to: 'yangcli> ', input: 'quit\n' },
      ],
    )
    if (stream !== 'alerts') expect(text).toContain('21.5')
    if (stream !== 'rooms') expect(text).toContain('hot')
  }
})
