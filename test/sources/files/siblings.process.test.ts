import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findRenamed } from '../../../src/sources/files/siblings.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

test('a file is found under its new name while rotation shifts the names', async () => {
  const file = join(temporaryFolder('siblings'), 'app.log')
  const names = [file, ...Array.from({ length: 19 }, (_, n) => `${file}.${n + 1}`)]
  for (const name of names) writeFileSync(name, '')
  const { dev, ino } = statSync(`${file}.19`)
  const shifting = spawn(process.execPath, [join(import.meta.dirname, 'shifting.mjs'), file])
  await once(shifting.stdout, 'data')
  let missed = 0
  for (let n = 0; n < 1000; n++) if (findRenamed(file, `${dev}:${ino}`) === undefined) missed++
  shifting.kill('SIGKILL')
  await once(shifting, 'exit')
  expect(missed).toBe(0)
})
