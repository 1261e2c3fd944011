// npm start: installs and compiles if necessary, then runs `tocsin serve` in this process, so that terminal, signals
// and exit code are those of the hub.
import { pathToFileURL } from 'node:url'
import { ensureTranspiled } from './compile.mjs'
import { ensureInstalledToRun } from './install.mjs'
import { linkCommand } from './link.mjs'
import { main, report, requireNode, whileOthersWait } from './steps.mjs'

try {
  requireNode()
  await whileOthersWait(async () => {
    await ensureInstalledToRun()
    await ensureTranspiled()
  })
  linkCommand()
  process.argv = [process.execPath, main, 'serve', ...process.argv.slice(2)]
  await import(pathToFileURL(main).href)
} catch (error) {
  report(error)
}
