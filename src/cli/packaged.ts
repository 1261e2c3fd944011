import { relaxCollector } from '../hub/process/collector-settings.js'
import { STARTED, STARTING_PROCESS } from './commands/serve/started.js'
import { Modules } from './modules.js'

// The command of the package for npm; the executable of the Debian package begins in entry.ts.
const modules = new Modules(import.meta.url)
const [, , command] = process.argv
if (command === 'serve') {
  // V8 accepts compiled code only with the same settings.
  relaxCollector()
  modules.compileHub(STARTED)
}
modules.begin(command === STARTING_PROCESS ? 'starting-process' : 'main')
