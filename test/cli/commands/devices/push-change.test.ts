import { expect, it } from 'vitest'
import { runCommand } from '../../../helpers/run-cli.js'

it('a file that is not there is named, before the hub is asked', async () => {
  const { code, stderr } = await runCommand(['device', 'push', 'r1', '--file', '/none/change.xml'])
  expect(code).toBe(1)
  expect(stderr).toContain('/none/change.xml: ENOENT')
  expect(stderr).toContain('TCN_FILE_UNREADABLE')
})

it.each(['9s', '11m', 'soon'])('a time that no device is given to confirm is refused: %s', async (time) => {
  const { code, stderr } = await runCommand(['device', 'push', 'r1', '--file', '-', '--confirm', time])
  expect(code).toBe(2)
  expect(stderr).toContain('from 10s to 10m')
})
