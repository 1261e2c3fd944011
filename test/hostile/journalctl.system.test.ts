import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'vitest'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { requireTool } from '../helpers/tools.js'
import { expectNoHarm, type HostileProgram, makeProgram } from './programs.js'

/** In the hub's view of the files, another program is in the place of journalctl. It needs root. */

const programs: Record<string, HostileProgram> = {
  'says nothing': { script: 'exec sleep 1000', seen: 'up' },
  'writes a line without end': {
    script: "head -c 200M /dev/zero | tr '\\0' a; touch done; exec tr '\\0' a < /dev/zero",
    seen: 'read',
    // An entry may have 8 MiB.
    most: 128,
  },
  'writes empty entries without end': { script: "yes '{}'", seen: 'flooded' },
  'writes bytes of any kind': { script: 'cat /dev/urandom', seen: 'flooded' },
  'writes fields of the largest length': {
    script: 'for n in 1 2 3 4 5 6 7 8 9; do cat largest; done; touch done; while :; do cat largest; done',
    seen: 'read',
    // An entry of 6 MB is text, numbers and bytes at the same time.
    most: 160,
  },
  'complains without end': { script: "yes 'no' >&2", seen: 'up', reason: /^no$/ },
  'closes its output and stays': { script: 'exec >&- 2>&-; exec sleep 1000', seen: 'up' },
  'ignores the signal TERM': { script: "trap '' TERM; while :; do sleep 1; done", seen: 'up' },
  'ends at once': { script: 'exit 3', seen: 'restarted', reason: /^journalctl ended with code 3$/ },
  'ends at once with a complaint': {
    script: 'echo no journal >&2; exit 3',
    seen: 'restarted',
    reason: /^journalctl ended with code 3: no journal$/,
  },
}

/** Bytes of a field that are no text are written as numbers. */
const LARGEST = `{"__CURSOR":"x","MESSAGE":[${'255,'.repeat(1_500_000)}0]}\n`

const inPlaceOf = (genuine: string, program: string) => [
  ...[requireTool('unshare'), '--mount', 'sh', '-c'],
  ...['mount --bind "$0" "$1" && shift && exec "$@"', program, genuine],
]

it.concurrent.each(Object.entries(programs))(
  'a journalctl that %s harms no others',
  async (_does, program) => {
    const folder = temporaryFolder('hostile-journal')
    writeFileSync(join(folder, 'largest'), LARGEST)
    const fake = makeProgram(folder, program.script)
    const sources = { system: { enabled: false }, journal: [{ name: 'x', from: 'start' }] }
    const wrapper = inPlaceOf('/usr/bin/journalctl', fake)
    await expectNoHarm({ ...program, folder, name: 'journal/x', sources, hub: { wrapper } })
  },
)
