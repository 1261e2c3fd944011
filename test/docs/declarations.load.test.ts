import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from './page.js'
import { typeErrors } from './programs.js'

const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const entries = Object.keys(exports).filter((name) => !name.endsWith('.json'))

it('programs can check the types of every entry of the package, and all that these import', () => {
  const imports = entries.map((entry, nth) => `import * as _${nth} from 'tocsin${entry.slice(1)}'`)
  const program = { page: 'declarations', line: 1, lastLine: 1, text: `${imports.join('\n')}\nexport {}\n` }
  expect(typeErrors([program], { skipLibCheck: false })).toEqual([])
})
