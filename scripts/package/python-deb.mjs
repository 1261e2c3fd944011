// npm run package:python-deb: makes a Debian package with the Python client.
//   --output FOLDER    where to (default: .cache)
//   --fast             compresses little, for tests
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { report, root } from '../steps.mjs'
import { changelog, control, copy, pack, write } from './tree.mjs'

const NAME = 'python3-tocsin'
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const { values: options } = parseArgs({
  options: {
    output: { type: 'string', default: join(root, '.cache') },
    fast: { type: 'boolean', default: false },
  },
})

const COPYRIGHT = `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: Tocsin

Files: *
Copyright: the authors of Tocsin
License: Apache-2.0
 On Debian systems the text is in /usr/share/common-licenses/Apache-2.0.
`

const POSTINST = `#!/bin/sh
set -e
if [ "$1" = configure ] && command -v py3compile >/dev/null; then py3compile -p ${NAME}; fi
`

const PRERM = `#!/bin/sh
set -e
if command -v py3clean >/dev/null; then py3clean -p ${NAME}; fi
`

try {
  makePackage()
} catch (error) {
  report(error)
}

function makePackage() {
  const tree = join(options.output, `python-deb-${process.pid}`)
  try {
    fill(tree)
    pack(tree, join(options.output, `${NAME}_${version}_all.deb`), { fast: options.fast })
  } finally {
    rmSync(tree, { recursive: true, force: true })
  }
}

/** Only the client: modules with the names of the vendors' would hide the vendors' own. */
function fill(tree) {
  copy(tree, 'python/tocsin', 'usr/lib/python3/dist-packages/tocsin')
  write(tree, `usr/share/doc/${NAME}/copyright`, COPYRIGHT)
  copy(tree, 'docs/guide/python.md', `usr/share/doc/${NAME}/python.md`)
  changelog(tree, NAME, version)
  control(
    tree,
    {
      Package: NAME,
      Version: version,
      Architecture: 'all',
      Depends: 'python3 (>= 3.9)',
      Suggests: 'python3-msgpack, tocsin',
      Section: 'python',
    },
    'Python client for Tocsin, one event bus for infrastructure\n' +
      ' Python programs publish events, subscribe to them and call methods of a hub.\n' +
      ' With python3-msgpack, large events are decoded faster.\n',
  )
  write(tree, 'DEBIAN/postinst', POSTINST)
  write(tree, 'DEBIAN/prerm', PRERM)
}
