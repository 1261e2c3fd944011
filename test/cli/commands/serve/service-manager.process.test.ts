import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { ServiceManager } from '../../../../src/cli/commands/serve/service-manager.js'
import { realRuntime } from '../../../helpers/real-runtime.js'
import { temporaryFolder } from '../../../helpers/temporary-folder.js'

/** A manager whose messages are sent by this script, and the lines that it writes. */
function managerWith(script: string) {
  const folder = temporaryFolder('manager')
  const program = join(folder, 'systemd-notify')
  writeFileSync(program, `#!/bin/sh\n${script}\n`)
  chmodSync(program, 0o755)
  const lines: string[] = []
  const log = { write: (_: unknown, text: string) => void lines.push(text) }
  const manager = ServiceManager.of({ NOTIFY_SOCKET: '/none', PATH: folder }, realRuntime, log)!
  return { manager, lines }
}

it('a message that is ended together with the service is no fault, but any other failure is', async () => {
  const { manager, lines } = managerWith('if [ "$1" = STOPPING=1 ]; then kill -TERM $$; fi; exit 1')
  manager.stopping()
  manager.ready()
  await vi.waitFor(() => expect(lines).toHaveLength(1))
  expect(lines[0]).toMatch(/^the service manager cannot be told READY=1: /)
})
