import { build } from './compile.mjs'
import { linkCommand } from './link.mjs'
import { report, whileOthersWait } from './steps.mjs'

try {
  await whileOthersWait(build)
  linkCommand()
} catch (error) {
  report(error)
}
