import { expect, it } from 'vitest'
import { HubProcess } from './hub-process.js'

it('output of the hub and of commands contains no token, password or ticket', async () => {
  await using hub = await HubProcess.start({
    config: 'listen: { http: 127.0.0.1:0, tcp: 127.0.0.1:0 }\n',
  })
  const { listeners } = JSON.parse((await hub.tocsin(['status', '--format', 'json'])).stdout) as {
    listeners: { address: string }[]
  }
  const at = (scheme: string) => listeners.find(({ address }) => address.startsWith(scheme))?.address ?? ''
  const token = (await hub.tocsin(['token', 'add', 'me', '--see', '*'])).stdout.trim()
  expect(token).toMatch(/^tcn_/)
  const http = at('http:')
  const headers = { authorization: `Bearer ${token}` }
  const asked = await fetch(`${http}/v1/ticket`, { method: 'POST', headers })
  const { ticket } = (await asked.json()) as { ticket: string }
  const wrong = `tcn_0123456789ab_${'canary'.repeat(8)}`
  const said: string[] = []
  for (const path of [`/v1/stream?from=start&to=end&ticket=${ticket}`, `/v1/stream?ticket=${ticket}`]) {
    said.push(await (await fetch(http + path)).text())
  }
  const basic = Buffer.from('me:canary-password').toString('base64')
  for (const authorization of [`Bearer ${wrong}`, `Basic ${basic}`]) {
    said.push(await (await fetch(`${http}/v1/info`, { headers: { authorization } })).text())
  }
  for (const TOCSIN_TOKEN of [wrong, token]) {
    const env = { TOCSIN_URL: at('tcp:'), TOCSIN_TOKEN }
    for (const args of [['status'], ['read', 'hub/'], ['fire', 'not/mine']]) {
      const { stdout, stderr } = await hub.tocsin(args, { env })
      said.push(stdout, stderr)
    }
  }
  const { code, stdout, stderr } = await hub.stop()
  expect(code).toBe(0)
  expect(stderr).toContain('is ready')
  const all = [...said, stdout, stderr].join('\n')
  for (const secret of [token.slice(17), ticket, 'canary', basic]) expect(all.includes(secret)).toBe(false)
})
