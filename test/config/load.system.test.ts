import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { findConfig, loadConfig } from '../../src/config/load.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

it('a usual place where this user may not look is passed over, and said', () => {
  const folder = temporaryFolder('config')
  const closed = join(folder, 'closed')
  mkdirSync(join(closed, 'tocsin'), { recursive: true })
  writeFileSync(join(closed, 'tocsin/tocsin.yaml'), 'word: of root\n')
  chmodSync(closed, 0o700)
  chmodSync(folder, 0o755)
  const environment = { variables: { XDG_CONFIG_HOME: closed }, home: folder }
  process.seteuid!(65_534)
  try {
    expect(findConfig({ environment })).toEqual({
      file: undefined,
      text: '',
      notes: [`${closed}/tocsin/tocsin.yaml is passed over: this user may not look there`],
    })
    expect(() =>
      loadConfig(z.strictObject({}), { config: join(closed, 'tocsin/tocsin.yaml'), environment }),
    ).toThrow('EACCES')
  } finally {
    process.seteuid!(0)
  }
})
