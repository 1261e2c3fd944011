import { it } from 'vitest'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { expectNoHarm, type HostileProgram, makeProgram } from './programs.js'

/** The source `exec` runs programs that keep to nothing. */

const programs: Record<string, HostileProgram> = {
  'says nothing': { script: 'exec sleep 1000', seen: 'up' },
  'writes a line without end': {
    script: "head -c 200M /dev/zero | tr '\\0' a; touch done; exec tr '\\0' a < /dev/zero",
    seen: 'read',
  },
  'writes empty lines without end': { script: "yes ''", seen: 'flooded' },
  'writes bytes of any kind': { script: 'cat /dev/urandom', seen: 'flooded' },
  'writes complaints without end': { script: "yes 'no' >&2", seen: 'flooded' },
  'closes its output and stays': { script: 'exec >&- 2>&-; exec sleep 1000', seen: 'up' },
  'ignores the signal TERM': { script: "trap '' TERM; while :; do sleep 1; done", seen: 'up' },
  'leaves a child that keeps its output': {
    script: 'sleep 1000 & exit 3',
    seen: 'restarted',
    reason: /^the command ended with code 3$/,
  },
  'leaves a child that keeps its output, and is no longer its own': {
    script: 'setsid sleep 30 & exit 3',
    seen: 'restarted',
    reason: /^the command ended with code 3$/,
  },
  'ends at once': { script: 'exit 3', seen: 'restarted', reason: /^the command ended with code 3$/ },
  'is killed at once': {
    script: 'kill -9 $$',
    seen: 'restarted',
    reason: /^the command was ended by SIGKILL$/,
  },
}

it.concurrent.each(Object.entries(programs))('a program that %s harms no others', async (_does, program) => {
  const folder = temporaryFolder('hostile-exec')
  const command = [makeProgram(folder, program.script)]
  const sources = { system: { enabled: false }, exec: [{ name: 'x', command }] }
  await expectNoHarm({ ...program, folder, name: 'exec/x', sources })
})
