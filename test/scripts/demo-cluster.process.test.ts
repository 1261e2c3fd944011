import { spawnSync } from 'node:child_process'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../helpers/temporary-folder.js'

it('says in a new clone that the project must be built first', () => {
  const clone = temporaryFolder('clone')
  for (const each of ['bin', 'scripts']) cpSync(each, join(clone, each), { recursive: true })
  cpSync('package.json', join(clone, 'package.json'))
  const { status, stderr } = spawnSync(process.execPath, [join(clone, 'scripts/demo-cluster.mjs')], {
    encoding: 'utf8',
  })
  expect(stderr).toContain('Build first: npm ci && npm run build')
  expect(stderr).not.toContain('    at ')
  expect(status).toBe(1)
})
