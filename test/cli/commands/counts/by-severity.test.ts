import { expect, it } from 'vitest'
import { startTestHub } from '../../../../src/hub/testing.js'
import { runCommand } from '../../../helpers/run-cli.js'

it('stats and histogram count events by severity, and those that say none apart', async () => {
  await using hub = await startTestHub()
  await using client = await hub.connect()
  for (const data of [{ severity: 'err' }, { level: 'error' }, { severity: 'warning' }, { n: 1 }])
    await client.publish('app/x', data)
  for (const command of ['stats', 'histogram']) {
    const args = [command, 'app/', '--by', 'severity', '--from', '-1h', '--url', hub.address]
    const { stdout } = await runCommand(args)
    expect(stdout).toMatch(/SEVERITY [\s\S]*\nerr +2 [\s\S]*\nwarning +1 [\s\S]*\n\(others\) +1 /)
  }
})
