// A reporter of vitest for what its JSON lacks: errors outside of tests, such as rejections that nobody handles.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './steps.mjs'

export const outsideErrorsFile = join(root, '.cache/outside-errors.json')

export default class OutsideErrors {
  onTestRunEnd(_modules, errors) {
    writeFileSync(outsideErrorsFile, JSON.stringify(errors.map(describe)))
  }
}

function describe({ message, VITEST_TEST_PATH: file, VITEST_TEST_NAME: test }) {
  return { message, file, test }
}
