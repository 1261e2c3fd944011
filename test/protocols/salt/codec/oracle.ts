import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { decode } from '../../../../src/event/msgpack/decoder.js'
import { encode } from '../../../../src/event/msgpack/encoder.js'
import { requireTool } from '../../../helpers/tools.js'

const script = fileURLToPath(new URL('oracle.py', import.meta.url))

/** Returns the answer of CPython for each case. */
export function askPython(work: 'trim' | 'sizes' | 'regex' | 'glob', cases: readonly unknown[]): unknown[] {
  const python = requireTool('python3-msgpack')
  const { status, stdout, stderr } = spawnSync(python, [script, work], {
    input: encode(cases),
    maxBuffer: 256 * 1024 * 1024,
  })
  if (status !== 0) throw new Error(stderr.toString())
  return decode(stdout) as unknown[]
}
