// npm run package:wheel: makes wheels of the Python client, and of the modules with the names of vendors'.
//   --output FOLDER    where to (default: .cache)
//   --python PROGRAM   the Python that makes them (default: python3)
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { report, root, run, StepFailed } from '../steps.mjs'
import { time } from './tree.mjs'

const { values: options } = parseArgs({
  options: {
    output: { type: 'string', default: join(root, '.cache') },
    python: { type: 'string', default: 'python3' },
  },
})

try {
  makeWheels()
} catch (error) {
  report(error)
}

function makeWheels() {
  mkdirSync(options.output, { recursive: true })
  const made = run(options.python, [join(root, 'python/build/wheels.py'), options.output], {
    env: { ...process.env, SOURCE_DATE_EPOCH: String(time), PYTHONDONTWRITEBYTECODE: '1' },
  })
  if (made !== 0) throw new StepFailed('The wheels could not be made.')
}
