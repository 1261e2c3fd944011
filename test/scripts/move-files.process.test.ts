import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
// @ts-expect-error a script without types
import { moveFiles } from '../../scripts/move-files.mjs'
import { temporaryFolder } from '../helpers/temporary-folder.js'

function repository(files: Record<string, string>): string {
  const folder = temporaryFolder('moved')
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  execFileSync('git', ['init', '--quiet'], { cwd: folder })
  execFileSync('git', ['add', '--all'], { cwd: folder })
  return folder
}

/** Returns a function that gives the text of a file after the moves, and the mentions that are left. */
function moved(files: Record<string, string>, ...moves: string[]) {
  const folder = repository(files)
  const { reports } = moveFiles(folder, moves) as { reports: string[] }
  return { text: (path: string) => readFileSync(join(folder, path), 'utf8'), folder, reports }
}

it('imports name the new places, also those of files that stay, and tests move with their sources', () => {
  const { text, folder } = moved(
    {
      'src/log/log.ts': "import { a } from '../event/event.js'\nimport './ring.js'\n",
      'src/log/ring.ts': '',
      'src/event/event.ts': "type A = import('../log/ring.js').A\n",
      'test/log/log.test.ts': "import { log } from '../../src/log/log.js'\nimport '../tools.js'\n",
      'test/tools.ts': '',
    },
    'log/ core/log/',
  )
  expect(text('src/core/log/log.ts')).toBe("import { a } from '../../event/event.js'\nimport './ring.js'\n")
  expect(text('src/event/event.ts')).toBe("type A = import('../core/log/ring.js').A\n")
  expect(text('test/core/log/log.test.ts')).toBe(
    "import { log } from '../../../src/core/log/log.js'\nimport '../../tools.js'\n",
  )
  expect(existsSync(join(folder, 'src/log/log.ts'))).toBe(false)
})

it('the first line that fits a file says where it goes', () => {
  const { text } = moved(
    { 'src/log/nats/log.ts': "import '../log.js'\n", 'src/log/log.ts': "import './nats/log.js'\n" },
    'log/nats/ cluster/log/',
    'log/ core/log/',
  )
  expect(text('src/cluster/log/log.ts')).toBe("import '../../core/log/log.js'\n")
  expect(text('src/core/log/log.ts')).toBe("import '../../cluster/log/log.js'\n")
})

it('comments, scripts, pages and the examples of pages name the new places', () => {
  const { text } = moved(
    {
      'src/log/log.ts': '',
      'src/bus.ts': '/** As log/log.ts says. */\n',
      'scripts/build.mjs': "const names = ['log/log', 'log/log.js']\n",
      'package.json': '{ "types": "./dist/declarations/log/log.d.ts" }\n',
      'docs/page.md': [
        'In `src/log/` and `log/`, see [it](../src/log/log.ts).',
        '```ts src/log/more.ts',
        "import './log.js'",
        "import '../bus.js'",
        "export * from '../bus.js'",
        '```',
        '',
      ].join('\n'),
    },
    'log/ core/log/',
  )
  expect(text('src/bus.ts')).toBe('/** As core/log/log.ts says. */\n')
  expect(text('scripts/build.mjs')).toBe("const names = ['core/log/log', 'core/log/log.js']\n")
  expect(text('package.json')).toBe('{ "types": "./dist/declarations/core/log/log.d.ts" }\n')
  expect(text('docs/page.md')).toBe(
    [
      'In `src/core/log/` and `core/log/`, see [it](../src/core/log/log.ts).',
      '```ts src/core/log/more.ts',
      "import './log.js'",
      "import '../../bus.js'",
      "export * from '../../bus.js'",
      '```',
      '',
    ].join('\n'),
  )
})

it('what cannot be changed is named, and left', () => {
  const dynamic = `const all = \`./log/\${name}.js\`\n`
  const { text, reports } = moved(
    {
      'src/errors/all.ts': '',
      'src/errors/one.ts': '',
      'src/log/log.ts': '',
      'src/log/nats/log.ts': '',
      'src/bus.ts': dynamic,
      'scripts/build.mjs':
        "const folder = 'src/log'\nconst all = 'src/log/*.ts'\nconst errors = 'src/errors'\n",
    },
    'errors/all.ts app/errors.ts',
    'log/nats/ cluster/',
    'log/ core/log/',
  )
  expect(reports).toEqual([
    'scripts/build.mjs: src/log',
    'scripts/build.mjs: src/log/*.ts',
    'scripts/build.mjs: src/errors',
    `src/bus.ts: ./log/\${name}.js`,
  ])
  expect(text('src/bus.ts')).toBe(dynamic)
})
