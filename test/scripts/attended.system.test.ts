import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from '../docs/page.js'
import { requireTool } from '../helpers/tools.js'

it('a note about a program that takes long has a line of its own on a terminal', () => {
  const program = `
    import { runAttended } from '${join(root, 'scripts/attended.mjs')}'
    await runAttended('Installing', 'true', [], { onStart: (print) => print('No answer yet.') })
  `
  const node = `${process.execPath} --input-type=module --eval "$PROGRAM"`
  const shown = execFileSync(requireTool('script'), ['-qefc', node, '/dev/null'], {
    env: { ...process.env, PROGRAM: program },
    encoding: 'utf8',
  })
  expect(shown).toMatch(/Installing … 0 s\r\x1b\[KNo answer yet\.\r\n/)
})
