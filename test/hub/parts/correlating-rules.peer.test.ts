import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { expect, it, vi } from 'vitest'
import { requireTool } from '../../helpers/tools.js'
import { LiveHub } from '../live-hub.js'

const rules = {
  touched: {
    correlate: {
      within: '5m',
      ordered: true,
      conditions: [
        { name: 'login', filter: 'syslog/t/', where: "data.message LIKE '%Login failed%'", by: 'data.peer' },
        { name: 'link', filter: 'snmp/*/*/linkDown', by: 'data.ip4' },
      ],
    },
    alert: {
      labels: { device: `\${link.data.ip4}`, port: `\${link.data.fields.ifIndex}` },
      summary: `\${login.data.message}, and port \${data.fields.ifIndex}`,
      resolve: { filter: 'snmp/*/*/linkUp', by: 'data.ip4' },
    },
  },
}

async function portOf(live: LiveHub, source: string): Promise<string> {
  return vi.waitFor(async () => {
    const { sources } = await live.admin.request('hub.status')
    const found = sources.find(({ name }) => name === source)
    const [, port] = /:(\d+)"/.exec(JSON.stringify(found?.details ?? {})) ?? []
    if (found?.state !== 'up' || port === undefined)
      throw new Error(`${source} is not up: ${JSON.stringify(found)}`)
    return port
  })
}

it('a message of syslog and a trap of SNMP of the same address begin an alert, also with a restart between', async () => {
  await using live = await LiveHub.start()
  const communityFile = live.path('communities')
  writeFileSync(communityFile, 'public\n')
  await live.commit({
    rules,
    'sources.syslog': [{ name: 't', udp: '127.0.0.1:0' }],
    'sources.snmp': [{ name: 't', udp: '127.0.0.1:0', communityFile }],
  })
  const seen = async (filter: string) => {
    for await (const event of live.admin.read(filter, { from: 'start' }).events()) return event
    return undefined
  }
  const until = (filter: string) => vi.waitFor(async () => expect(await seen(filter)).toBeDefined())
  const trap = async (name: string) => {
    const target = `udp:127.0.0.1:${await portOf(live, 'snmp/t')}`
    const words = ['', `1.3.6.1.6.3.1.1.5.${name === 'linkDown' ? 3 : 4}`, '1.3.6.1.2.1.2.2.1.1.7', 'i', '7']
    const env = { ...process.env, MIBS: '', SNMP_PERSISTENT_DIR: live.folder }
    execFileSync(requireTool('snmptrap'), ['-v', '2c', '-c', 'public', target, ...words], { env })
  }

  execFileSync('logger', [
    '-n',
    '127.0.0.1',
    '-P',
    await portOf(live, 'syslog/t'),
    '-d',
    'Login failed for eve',
  ])
  await until('syslog/t/')
  await live.stop()
  await live.open()
  await trap('linkDown')
  await until('alert/touched/firing')
  await trap('linkUp')
  await until('alert/touched/resolved')
  expect((await seen('alert/touched/firing'))?.data).toMatchObject({
    labels: { device: '127.0.0.1', port: '7' },
    summary: 'Login failed for eve, and port 7',
  })
})
