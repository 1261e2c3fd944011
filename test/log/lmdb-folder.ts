import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type EventLog, type LmdbLogOptions, openLmdbLog } from '../../src/log/index.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'
import { realRuntime } from '../helpers/real-runtime.js'

/** A folder that goes when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-log-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A log in a folder of its own, unless one is named. */
export async function openLmdb(
  options: Partial<LmdbLogOptions> = {},
): Promise<EventLog & { folder: string }> {
  const folder = options.folder ?? temporaryFolder()
  const typeOf = (tag: string) => `test.${tag.split('/')[0]}`
  const log = await openLmdbLog({ runtime: realRuntime, typeOf, ...options, folder })
  return Object.assign(log, { folder })
}

/** The clock stands still until it is moved; the event loop goes on by itself. */
export function clockByHand(): FakeRuntime {
  return Object.assign(new FakeRuntime(), { soon: (run: () => void) => void setImmediate(run) })
}
