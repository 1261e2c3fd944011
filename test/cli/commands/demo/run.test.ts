import { expect, it } from 'vitest'
import { runCommand } from '../../../helpers/run-cli.js'

const demo = (...options: string[]) => runCommand(['demo', '--into', '/no/hub', ...options])

it('a demo takes as many hosts and events a second as it says, and no more', async () => {
  expect((await demo('--hosts', '100000', '--rate', '100000')).stderr).toMatch(/TCN_CLIENT_UNREACHABLE/)
  expect((await demo('--hosts', '100001')).stderr).toMatch(/at most 100000 \(TCN_USAGE\)/)
  expect((await demo('--rate', '100001')).stderr).toMatch(/at most 100000 \(TCN_USAGE\)/)
})
